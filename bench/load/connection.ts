import { connect, type Socket } from 'node:net';

export interface ResponseCheck {
  /** What the status line begins with. */
  readonly status: string;
  /** What the body must hold. */
  readonly contains: string;
  /** What it must not hold anywhere. */
  readonly lacks?: string;
}

export interface Lane {
  /** The next request, or undefined when there is none left. */
  next(lane: number): Buffer | undefined;
  /** How long to wait before the next request is sent; absent: not at all. */
  readonly waitMs?: () => number;
  readonly check: ResponseCheck;
  /** A response that was right, and how long it took. */
  onDone(ms: number): void;
  onWrong(response: string): void;
}

const HEADERS_END = '\r\n\r\n';
const LENGTH = 'content-length: ';

/**
 * One keep-alive HTTP/1.1 connection that sends a request, reads its response, checks it and sends
 * the next. Much cheaper than Node's own client: on a machine that the broker shares, what the
 * load takes the broker lacks. It reads what our servers write: responses with a content length.
 */
export class LoadConnection {
  readonly #socket: Socket;
  readonly #finished = Promise.withResolvers<void>();
  #sentAt = 0;
  /** Pieces of a response that has not come whole. */
  #pieces: Buffer[] = [];
  #missing = 0;
  #ended = false;

  constructor(
    host: string,
    port: number,
    private readonly number: number,
    private readonly lane: Lane,
  ) {
    const onread = {
      buffer: Buffer.allocUnsafe(256 * 1024),
      callback: (length: number, buffer: Uint8Array) => {
        this.#read((buffer as Buffer).subarray(0, length));
        return true;
      },
    };
    this.#socket = connect({ host, port, noDelay: true, onread });
    this.#socket.once('connect', () => this.#send());
    this.#socket.once('error', (error) => this.#finished.reject(error));
    this.#socket.once('close', () => {
      if (!this.#ended) this.#finished.reject(new Error('the server closed a connection'));
    });
  }

  /** Resolves when there was no request left. */
  get finished(): Promise<void> {
    return this.#finished.promise;
  }

  #send(): void {
    const waitMs = this.lane.waitMs?.() ?? 0;
    // A timer knows no less than a millisecond.
    if (waitMs >= 1) setTimeout(() => this.#sendNow(), waitMs);
    else this.#sendNow();
  }

  #sendNow(): void {
    const request = this.lane.next(this.number);
    if (request === undefined) {
      this.#ended = true;
      this.#socket.destroy();
      this.#finished.resolve();
      return;
    }
    this.#sentAt = performance.now();
    this.#socket.write(request);
  }

  #read(chunk: Buffer): void {
    if (this.#missing === 0) {
      this.#missing = totalLength(chunk) - chunk.length;
      if (this.#missing === 0) return this.#take(chunk);
      this.#pieces = [Buffer.from(chunk)];
      return;
    }
    this.#pieces.push(Buffer.from(chunk));
    this.#missing -= chunk.length;
    if (this.#missing > 0) return;
    this.#take(Buffer.concat(this.#pieces));
    this.#pieces = [];
  }

  #take(response: Buffer): void {
    const ms = performance.now() - this.#sentAt;
    const { status, contains, lacks } = this.lane.check;
    const right =
      response.toString('latin1', 0, status.length) === status &&
      response.includes(contains) &&
      (lacks === undefined || !response.includes(lacks));
    if (right) this.lane.onDone(ms);
    else this.lane.onWrong(response.toString('utf8', 0, 600));
    this.#send();
  }
}

/** Bytes of a whole response, of which `chunk` is the beginning. */
function totalLength(chunk: Buffer): number {
  const end = chunk.indexOf(HEADERS_END);
  const at = chunk.indexOf(LENGTH);
  if (end < 0 || at < 0 || at > end) {
    throw new Error(`not a response with a content length: ${chunk.toString('latin1', 0, 200)}`);
  }
  const from = at + LENGTH.length;
  const length = Number(chunk.toString('latin1', from, chunk.indexOf('\r\n', from)));
  return end + HEADERS_END.length + length;
}
