import { createTransport } from 'nodemailer';
import { BrokerError } from '../common/errors.js';
import { Notifier, type Notification, type Recipient } from '../ports/notifier.port.js';
import { textOf } from './notification-text.js';

export interface MailOptions {
  readonly smtpUrl: string;
  readonly from: string;
  /** Whether mail may not go in clear: TLS from the start, or by STARTTLS. */
  readonly requireTls: boolean;
}

const PATIENCE_MS = 10_000;
const CONNECTIONS = 4;
/** Mails on their way at once, at most. */
const MAX_UNDER_WAY = 500;

/** Sends mail over SMTP, a few connections at a time. STARTTLS is used where it is offered. */
export class MailNotifier extends Notifier {
  readonly #transport;
  readonly #from: string;
  #underWay = 0;

  constructor({ smtpUrl, from, requireTls }: MailOptions) {
    super();
    this.#from = from;
    const url = new URL(smtpUrl);
    const secure = url.protocol === 'smtps:';
    this.#transport = createTransport({
      pool: true,
      maxConnections: CONNECTIONS,
      host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
      port: url.port === '' ? (secure ? 465 : 25) : Number(url.port),
      secure,
      requireTLS: requireTls && !secure,
      connectionTimeout: PATIENCE_MS,
      greetingTimeout: PATIENCE_MS,
      socketTimeout: PATIENCE_MS,
      ...(url.username === ''
        ? {}
        : {
            auth: {
              user: decodeURIComponent(url.username),
              pass: decodeURIComponent(url.password),
            },
          }),
    });
  }

  override async notify({ email }: Recipient, notification: Notification): Promise<void> {
    if (email === '' || this.#underWay >= MAX_UNDER_WAY) throw unavailable();
    const { subject, body } = textOf(notification);
    // As an object, so that nothing in an address is read as another one.
    const to = { name: '', address: email };
    this.#underWay += 1;
    try {
      await this.#transport.sendMail({ from: this.#from, to, subject, text: body });
    } catch (error) {
      throw unavailable(described(error));
    } finally {
      this.#underWay -= 1;
    }
  }

  /** Lets go of its connections. */
  close(): void {
    this.#transport.close();
  }
}

/** What may be logged: a server's answer can repeat an address, or what it was sent. */
function described(error: unknown): Error {
  const { code, responseCode } = error as { code?: string; responseCode?: number };
  return new Error([code, responseCode].filter((part) => part !== undefined).join(': '));
}

function unavailable(cause?: Error): BrokerError {
  return new BrokerError('notifier_unavailable', 'the mail could not be sent', { cause });
}
