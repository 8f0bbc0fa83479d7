import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { Inbox } from './inbox.js';
import type { SelfSigned } from './self-signed.js';

/** A text message as it was posted. */
export interface ReceivedSms {
  readonly phone: string;
  readonly text: string;
  readonly kind: string;
  /** The recovery code that it carries. */
  readonly code: string;
  /** The body, as it came. */
  readonly body: string;
  readonly headers: IncomingMessage['headers'];
}

export interface TestSmsWebhookOptions {
  /** Whatever is not signed with it is answered 401, and is no message. */
  readonly secret?: string;
  /** Absent: in clear. */
  readonly tls?: SelfSigned;
}

/** Longest that a signature is believed after its time, and before it. */
const TOLERANCE_SECONDS = 300;

/** A real webhook on a port of its own, whose text messages a test can wait for. */
export class TestSmsWebhook {
  /** Answers instead of the webhook; undefined: it answers 204 to what is signed. */
  answer: ((request: IncomingMessage, response: ServerResponse) => void) | undefined;
  /** Posts that arrived, and those of them that were refused. */
  readonly posts = { all: 0, refused: 0 };
  /** What signatures are dated by, Unix seconds. */
  nowSeconds = () => Math.floor(Date.now() / 1000);
  readonly #mailbox = new Inbox<ReceivedSms>();
  readonly #server: Server;

  private constructor(private readonly options: TestSmsWebhookOptions) {
    const { tls } = options;
    const handler = (request: IncomingMessage, response: ServerResponse) =>
      void this.#take(request, response);
    this.#server = tls === undefined ? createServer(handler) : createHttpsServer(tls, handler);
  }

  static async start(options: TestSmsWebhookOptions = {}): Promise<TestSmsWebhook> {
    const webhook = new TestSmsWebhook(options);
    await new Promise<void>((resolve) => webhook.#server.listen(0, '127.0.0.1', resolve));
    return webhook;
  }

  /** For the setting `sms.webhookUrl`. */
  get url(): string {
    const { port } = this.#server.address() as AddressInfo;
    return `${this.options.tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}/sms`;
  }

  /** The next text message to a number, or the oldest that nobody has asked for; told once. */
  nextSmsTo(phone: string): Promise<ReceivedSms> {
    return this.#mailbox.next(phone);
  }

  /** The code in the next text message to a number. */
  async nextCodeTo(phone: string): Promise<string> {
    return (await this.nextSmsTo(phone)).code;
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.posts.all += 1;
    if (this.answer !== undefined) return this.answer(request, response);
    const body = await text(request);
    if (!this.#isSigned(request.headers['x-countersign-signature'], body)) {
      this.posts.refused += 1;
      response.writeHead(401).end();
      return;
    }
    const sms = JSON.parse(body) as Pick<ReceivedSms, 'phone' | 'text' | 'kind'>;
    const code = /: (\S+) is the code /.exec(sms.text)?.[1] ?? '';
    this.#mailbox.deliver(sms.phone, { ...sms, code, body, headers: request.headers });
    response.writeHead(204).end();
  }

  /** As docs/operations.md says that it is to be done. */
  #isSigned(signature: unknown, body: string): boolean {
    const { secret } = this.options;
    if (secret === undefined) return true;
    const [, t = '', v1 = ''] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(signature)) ?? [];
    const expected = createHmac('sha256', secret).update(`${t}.${body}`).digest();
    const given = Buffer.from(v1, 'hex');
    return (
      given.length === expected.length &&
      timingSafeEqual(given, expected) &&
      Math.abs(this.nowSeconds() - Number(t)) <= TOLERANCE_SECONDS
    );
  }
}
