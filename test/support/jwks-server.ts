import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type JwksAnswer = (request: IncomingMessage, response: ServerResponse) => void;

/** A server that answers for a JWKS with whatever a test wants, and counts how often. */
export class JwksServer {
  requests = 0;
  answer: JwksAnswer = (_, response) => response.writeHead(404).end();

  private constructor(
    private readonly server: Server,
    readonly origin: string,
  ) {}

  static async start(): Promise<JwksServer> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const jwks = new JwksServer(server, `http://127.0.0.1:${port}`);
    server.on('request', (request, response) => {
      jwks.requests += 1;
      jwks.answer(request, response);
    });
    return jwks;
  }

  get url(): string {
    return `${this.origin}/jwks`;
  }

  /** Answers with this from now on; what is no string as JSON. */
  serve(content: unknown, headers: Readonly<Record<string, string>> = {}): void {
    const body = typeof content === 'string' ? content : JSON.stringify(content);
    this.answer = (_, response) => response.writeHead(200, headers).end(body);
  }

  stop(): Promise<void> {
    this.server.closeAllConnections();
    return new Promise((resolve) => this.server.close(() => resolve()));
  }
}
