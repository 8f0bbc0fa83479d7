import { connect, createServer, type Server, type Socket } from 'node:net';

/** One connection through a {@link TcpProxy}. */
export class ProxiedLink {
  constructor(
    private readonly client: Socket,
    private readonly server: Socket,
  ) {}

  toServer(bytes: Buffer): void {
    if (!this.server.destroyed) this.server.write(bytes);
  }

  toClient(bytes: Buffer): void {
    if (!this.client.destroyed) this.client.write(bytes);
  }

  /** Ends the client's half at once; the server's stays as it is. */
  cutClient(): void {
    this.client.destroy();
  }

  /** Ends both halves at once. What was sent towards the server before arrives there first. */
  cut(): void {
    this.client.destroy();
    this.server.end();
  }
}

/** What becomes of bytes under way, instead of being passed on. */
export type Tap = (bytes: Buffer, link: ProxiedLink) => void;

const passRequests: Tap = (bytes, link) => link.toServer(bytes);
const passAnswers: Tap = (bytes, link) => link.toClient(bytes);

/** A way through the loopback to a server, on which a test cuts and holds what passes. */
export class TcpProxy {
  /** Handles what clients send. */
  onRequest = passRequests;
  /** Handles what the server answers. */
  onAnswer = passAnswers;
  readonly #held: (() => void)[] = [];
  readonly #links = new Set<ProxiedLink>();
  readonly #server: Server;

  private constructor(private target: URL) {
    this.#server = createServer((client) => this.#accept(client));
  }

  /** Listens on a port of its own in front of the server that a URL leads to. */
  static async start(targetUrl: string): Promise<TcpProxy> {
    const proxy = new TcpProxy(new URL(targetUrl));
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  /** The server's URL, by way of this proxy. */
  get url(): string {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('the proxy is closed');
    const url = new URL(this.target);
    url.host = `127.0.0.1:${address.port}`;
    return url.href;
  }

  /** Passes everything on, so many milliseconds later. */
  delay(milliseconds: number): void {
    const later =
      (tap: Tap): Tap =>
      (bytes, link) =>
        void setTimeout(() => tap(bytes, link), milliseconds);
    this.onRequest = later(passRequests);
    this.onAnswer = later(passAnswers);
  }

  /** Keeps everything back until {@link heal}; then it arrives, as after a broken line. */
  hold(): void {
    const keep =
      (tap: Tap): Tap =>
      (bytes, link) =>
        void this.#held.push(() => tap(bytes, link));
    this.onRequest = keep(passRequests);
    this.onAnswer = keep(passAnswers);
  }

  /** Passes everything on again, on new connections and on those that were left alone. */
  heal(): void {
    this.onRequest = passRequests;
    this.onAnswer = passAnswers;
    for (const arrive of this.#held.splice(0)) arrive();
  }

  /** Leads to another server from now on: connections to the one before are cut. */
  redirect(targetUrl: string): void {
    this.target = new URL(targetUrl);
    this.cutAll();
  }

  /** Cuts every connection. */
  cutAll(): void {
    for (const link of this.#links) link.cut();
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.cutAll();
    await closed;
  }

  #accept(client: Socket): void {
    const server = connect(Number(this.target.port), this.target.hostname);
    const link = new ProxiedLink(client, server);
    this.#links.add(link);
    client.on('data', (bytes: Buffer) => this.onRequest(bytes, link));
    server.on('data', (bytes: Buffer) => this.onAnswer(bytes, link));
    for (const socket of [client, server]) socket.on('error', () => link.cut());
    client.on('end', () => server.end());
    server.on('close', () => {
      client.destroy();
      this.#links.delete(link);
    });
  }
}
