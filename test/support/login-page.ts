import {
  createServer,
  type IncomingMessage,
  request,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * A company's login page and the proxy before it, as a browser sees them: an empty page at one
 * origin, whose calls of `/v1/` go on to a broker.
 */
export class LoginPage {
  /** The broker that calls go to, as `http://host:port`. */
  broker = '';
  readonly #server: Server = createServer((incoming, outgoing) => this.#serve(incoming, outgoing));

  static async start(): Promise<LoginPage> {
    const page = new LoginPage();
    await new Promise<void>((resolve) => page.#server.listen(0, '127.0.0.1', resolve));
    return page;
  }

  /** A name that browsers take for secure, as WebAuthn wants it. */
  get origin(): string {
    return `http://localhost:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  #serve(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const { url = '/', method = 'GET', headers } = incoming;
    if (!url.startsWith('/v1/')) {
      outgoing.setHeader('content-type', 'text/html');
      outgoing.end('<!doctype html><title>Log in</title>');
      return;
    }
    const onward = request(this.broker + url, { method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    onward.on('error', () => outgoing.destroy());
    incoming.pipe(onward);
  }
}
