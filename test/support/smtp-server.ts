import { type AddressInfo, createServer, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import {
  SMTPServer,
  type SMTPServerDataStream,
  type SMTPServerOptions,
  type SMTPServerSession,
} from 'smtp-server';
import { Inbox } from './inbox.js';
import type { SelfSigned } from './self-signed.js';

/** A mail as it arrived. */
export interface ReceivedMail {
  /** Of the envelope. */
  readonly from: string;
  readonly to: readonly string[];
  /** Names in lower case; values unfolded, as they were sent. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Decoded. */
  readonly subject: string;
  readonly text: string;
  /** The recovery code that it carries. */
  readonly code: string;
  /** All of it, as it came over the wire. */
  readonly source: string;
  readonly encrypted: boolean;
  /** Who logged in to send it; undefined: nobody. */
  readonly user: string | undefined;
}

export interface TestSmtpServerOptions {
  /** Who has to log in; absent: nobody. */
  readonly login?: { readonly user: string; readonly password: string };
  /** Absent: in clear only, and STARTTLS is not offered. */
  readonly tls?: SelfSigned & { readonly fromStart?: boolean };
  /** The reply to recipients (all, or one) or logins; `%s` stands for the address or user. */
  readonly refuses?: {
    readonly recipients?: string;
    readonly onlyTo?: string;
    readonly logins?: string;
  };
}

/** A real SMTP server on a port of its own, whose mail a test can wait for. */
export class TestSmtpServer {
  readonly #mailbox = new Inbox<ReceivedMail>();
  readonly #server: SMTPServer;
  /** The most connections that were there at once, and how many have been in all. */
  readonly connections = { now: 0, most: 0, all: 0 };
  /** Attempts to log in. */
  logins = 0;

  private constructor(private readonly options: TestSmtpServerOptions) {
    this.#server = new SMTPServer(this.#smtpOptions());
    // A client that goes away, or doesn't like the certificate.
    this.#server.on('error', () => undefined);
  }

  static async start(options: TestSmtpServerOptions = {}): Promise<TestSmtpServer> {
    const smtp = new TestSmtpServer(options);
    await new Promise<void>((resolve) => smtp.#server.listen(0, '127.0.0.1', resolve));
    return smtp;
  }

  /** For the setting `mail.smtpUrl`, with the login; a query can be appended. */
  get url(): string {
    const { port } = this.#server.server.address() as AddressInfo;
    const { login, tls } = this.options;
    const user = login === undefined ? '' : `${login.user}:${encodeURIComponent(login.password)}@`;
    return `${tls?.fromStart === true ? 'smtps' : 'smtp'}://${user}127.0.0.1:${port}`;
  }

  /** The next mail to an address, or the oldest that nobody has asked for; each is told once. */
  nextMailTo(address: string): Promise<ReceivedMail> {
    return this.#mailbox.next(address);
  }

  /** The code in the next mail to an address. */
  async nextCodeTo(address: string): Promise<string> {
    return (await this.nextMailTo(address)).code;
  }

  /** How many mails to an address nobody has asked for. */
  unreadOf(address: string): number {
    return this.#mailbox.left(address);
  }

  /** Ends every connection, as servers do with those that are idle. */
  dropConnections(): void {
    for (const connection of this.#server.connections) connection.close();
  }

  async close(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.close(resolve));
  }

  #smtpOptions(): SMTPServerOptions {
    const { login, tls, refuses } = this.options;
    const disabledCommands = [
      ...(login === undefined ? ['AUTH'] : []),
      ...(tls === undefined ? ['STARTTLS'] : []),
    ];
    return {
      secure: tls?.fromStart === true,
      ...(tls === undefined ? {} : { key: tls.key, cert: tls.cert }),
      disabledCommands,
      authOptional: login === undefined,
      allowInsecureAuth: tls === undefined,
      disableReverseLookup: true,
      closeTimeout: 100,
      onConnect: (_session, done) => {
        this.connections.all += 1;
        this.connections.now += 1;
        this.connections.most = Math.max(this.connections.most, this.connections.now);
        done();
      },
      onClose: () => {
        this.connections.now -= 1;
      },
      onAuth: ({ username = '', password }, _session, done) => {
        this.logins += 1;
        if (refuses?.logins !== undefined) return done(refusal(535, refuses.logins, username));
        const known = username === login?.user && password === login.password;
        done(known ? null : refusal(535, 'who is %s?', username), { user: username });
      },
      onRcptTo: ({ address }, _session, done) => {
        const { recipients, onlyTo = address } = refuses ?? {};
        const isWanted = recipients === undefined || onlyTo !== address;
        done(isWanted ? null : refusal(550, recipients, address));
      },
      onData: (stream, session, done) => void this.#take(stream, session, done),
    };
  }

  async #take(
    stream: SMTPServerDataStream,
    session: SMTPServerSession,
    done: (error?: Error) => void,
  ): Promise<void> {
    try {
      const mail = readMail(await text(stream), session);
      for (const address of mail.to) this.#mailbox.deliver(address, mail);
      done();
    } catch (error) {
      done(error as Error);
    }
  }
}

function refusal(responseCode: number, reply: string, sent: string): Error {
  return Object.assign(new Error(reply.replaceAll('%s', sent)), { responseCode });
}

function readMail(source: string, session: SMTPServerSession): ReceivedMail {
  const end = source.indexOf('\r\n\r\n');
  const headers = source
    .slice(0, end)
    .replaceAll(/\r\n(?=[ \t])/g, '')
    .split('\r\n')
    .map((line) => {
      const [, name = '', value = ''] = /^([^:]*): ?(.*)$/.exec(line) ?? [];
      return [name.toLowerCase(), value] as const;
    });
  const header = (wanted: string) => headers.find(([name]) => name === wanted)?.[1] ?? '';
  if (header('content-transfer-encoding') !== 'quoted-printable') {
    throw new Error('this server can read quoted-printable only');
  }
  const body = unquoted(source.slice(end + 4).replaceAll(/=\r\n/g, '')).replaceAll('\r\n', '\n');
  const { mailFrom, rcptTo } = session.envelope;
  return {
    from: mailFrom === false ? '' : mailFrom.address,
    to: rcptTo.map(({ address }) => address),
    headers,
    subject: decodedWords(header('subject')),
    text: body,
    code: /^The code is: (\S+)$/m.exec(body)?.[1] ?? '',
    source,
    encrypted: session.secure,
    user: session.user as string | undefined,
  };
}

/** RFC 2045 §6.7, without its soft line ends. */
function unquoted(encoded: string): string {
  const bytes = encoded.replaceAll(/=([0-9A-F]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return Buffer.from(bytes, 'latin1').toString('utf8');
}

/** RFC 2047 §2; white space between encoded words is none (§6.2). */
function decodedWords(value: string): string {
  return value
    .replaceAll(/\?=\s+=\?/g, '?==?')
    .replaceAll(/=\?utf-8\?([qb])\?([^?]*)\?=/gi, (_, kind: string, word: string) =>
      kind.toLowerCase() === 'b'
        ? Buffer.from(word, 'base64').toString('utf8')
        : unquoted(word.replaceAll('_', ' ')),
    );
}

/** A server that takes connections and never says a word, be it mail's or the web's. */
export async function startHungServer() {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    socket.resume();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    /** Connections that are open now. */
    get connections() {
      return sockets.size;
    },
    async close(): Promise<void> {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
