import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { callbackify } from 'node:util';
import { SMTPServer } from 'smtp-server';
import { pollUntil } from './broker-poll.js';

export interface Mail {
  readonly to: string;
  /** As it was sent: headers, an empty line, the body. */
  readonly raw: string;
}

/** A real SMTP server on the loopback that keeps what it gets. */
export class Mailbox {
  readonly #mails: Mail[] = [];

  private constructor(private readonly server: SMTPServer) {}

  static async open(): Promise<Mailbox> {
    const server: SMTPServer = new SMTPServer({
      authOptional: true,
      disabledCommands: ['STARTTLS', 'AUTH'],
      onData: (stream, { envelope }, done) => {
        const to = envelope.rcptTo.map(({ address }) => address).join(', ');
        callbackify((): Promise<void> => box.#keep(to, stream))(done);
      },
    });
    const box = new Mailbox(server);
    const { server: listening } = server;
    server.listen(0, '127.0.0.1');
    await once(listening, 'listening');
    return box;
  }

  get url(): string {
    const { port } = this.server.server.address() as AddressInfo;
    return `smtp://127.0.0.1:${port}`;
  }

  /** What has come for an address so far, in order. */
  to(address: string): readonly Mail[] {
    return this.#mails.filter(({ to }) => to === address);
  }

  /** The mails for an address once there are so many. Throws when they do not come. */
  async wait(address: string, count = 1): Promise<readonly Mail[]> {
    await pollUntil(5000, () => Promise.resolve(this.to(address).length >= count));
    return this.to(address);
  }

  /** The code of the mail that comes as the `count`th for an address. */
  async code(address: string, count = 1): Promise<string> {
    return codeOf((await this.wait(address, count))[count - 1]!);
  }

  async #keep(to: string, content: Readable): Promise<void> {
    this.#mails.push({ to, raw: await text(content) });
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.server.close(() => resolve()));
  }
}

/** The recovery code that a mail holds. */
export function codeOf({ raw }: Mail): string {
  const [code] = /\b\d{8}\b/.exec(raw.slice(raw.indexOf('\r\n\r\n'))) ?? [];
  if (code === undefined) throw new Error(`there is no code in:\n${raw}`);
  return code;
}
