import { connect, type Socket } from 'node:net';

export interface LeanAnswer {
  readonly status: number;
  readonly text: string;
}

const HEADERS_END = '\r\n\r\n';
const LENGTH = /\r\ncontent-length: (\d+)/i;

/**
 * One keep-alive HTTP/1.1 connection, one request at a time. Much cheaper than Node's own client:
 * on a machine that the broker shares, what the caller takes the broker lacks. It reads what our
 * servers write: answers with a content length, in ASCII.
 */
export class LeanConnection {
  readonly #socket: Socket;
  readonly #host: string;
  #received = '';
  #pending: PromiseWithResolvers<LeanAnswer> | undefined;

  constructor(url: string) {
    const { hostname, port } = new URL(url);
    this.#host = `${hostname}:${port}`;
    this.#socket = connect({ host: hostname, port: Number(port), noDelay: true });
    this.#socket.setEncoding('latin1');
    this.#socket.on('data', (text: string) => this.#read(text));
    this.#socket.on('error', (error) => this.#fail(error));
    this.#socket.on('close', () => this.#fail(new Error('the connection was closed')));
  }

  /** Posts JSON. */
  post(path: string, body: string): Promise<LeanAnswer> {
    this.#pending = Promise.withResolvers<LeanAnswer>();
    const head = `POST ${path} HTTP/1.1\r\nHost: ${this.#host}\r\nContent-Type: application/json\r\n`;
    this.#socket.write(`${head}Content-Length: ${body.length}${HEADERS_END}${body}`);
    return this.#pending.promise;
  }

  close(): void {
    this.#socket.destroy();
  }

  #read(text: string): void {
    this.#received += text;
    const end = this.#received.indexOf(HEADERS_END);
    if (end < 0) return;
    const head = this.#received.slice(0, end);
    const from = end + HEADERS_END.length;
    const length = Number(LENGTH.exec(head)?.[1]);
    if (this.#received.length < from + length) return;
    const answer = { status: Number(head.slice(9, 12)), text: this.#received.slice(from) };
    this.#received = '';
    this.#pending?.resolve(answer);
    this.#pending = undefined;
  }

  #fail(error: Error): void {
    this.#pending?.reject(error);
    this.#pending = undefined;
  }
}

/**
 * Posts these bodies in order, each to one of the servers in turn, over so many connections to each
 * of them at once. Returns the answers in the order of the bodies.
 */
export async function postAll(
  urls: readonly string[],
  path: string,
  bodies: readonly string[],
  connectionsEach: number,
): Promise<readonly LeanAnswer[]> {
  const answers: LeanAnswer[] = [];
  const connections = Array.from(
    { length: urls.length * connectionsEach },
    (_, n) => new LeanConnection(urls[n % urls.length]!),
  );
  let next = 0;
  const drain = async (connection: LeanConnection): Promise<void> => {
    for (let n = next++; n < bodies.length; n = next++) {
      answers[n] = await connection.post(path, bodies[n]!);
    }
  };
  try {
    await Promise.all(connections.map(drain));
  } finally {
    for (const connection of connections) connection.close();
  }
  return answers;
}
