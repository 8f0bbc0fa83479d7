import { createTransport } from 'nodemailer';
import { BrokerError } from '../common/errors.js';
import { type SmtpUrl, readSmtpUrl } from '../config/smtp-url.js';
import { type Notification, Notifier, type Recipient } from '../ports/notifier.port.js';
import { describeMailError } from './describe-mail-error.js';
import { InFlight } from './in-flight.js';
import { mailTextOf } from './notification-text.js';

/** What mail is bounded by. */
export interface MailLimits {
  /** For how long a connection, a greeting and each reply are waited for. */
  readonly stepMs: number;
  /** How long it may all take, with the waiting for a connection. */
  readonly totalMs: number;
  /** Messages being sent and waiting to be; one more is refused at once. */
  readonly inFlight: number;
}

export const MAIL_LIMITS: MailLimits = { stepMs: 10_000, totalMs: 20_000, inFlight: 500 };

const CONNECTIONS = 5;
/** Less than `stepMs`, so that an idle connection is ended politely. */
const IDLE_MS = 5000;
/** Further tries of a message whose connection the server closed. */
const RETRIES = 2;
const CLOSE_MS = 5000;

/** One address, and nothing that SMTP, a header or nodemailer would take for more than that. */
const ADDRESS = /^[^\p{Cc}\s<>()[\]"\\,;:@]+@[^\p{Cc}\s<>()"\\,;@]+$/u;

/**
 * Sends by SMTP (RFC 5321), over at most five connections that are kept for some seconds.
 *
 * Encrypted as the URL wants it: `smtps:` and `requireTLS=true` verify the server's certificate and
 * send nothing without. Else STARTTLS (RFC 3207) is used where it is offered, whoever the
 * certificate says it is: who can show a false one could as well take the offer away (RFC 7435 §3).
 */
export class MailNotifier extends Notifier {
  readonly #sender: { readonly name: string; readonly address: string };
  readonly #transport: ReturnType<typeof openTransport>;
  readonly #inFlight: InFlight;

  /** Takes a URL and a sender that the settings allow. Connects when there is something to send. */
  constructor(
    smtpUrl: string,
    from: string,
    private readonly limits: MailLimits = MAIL_LIMITS,
  ) {
    super();
    const server = readSmtpUrl(smtpUrl);
    if (server === undefined) throw new Error('The URL of the mail server is none.');
    this.#sender = senderOf(from);
    this.#transport = openTransport(server, limits.stepMs);
    this.#inFlight = new InFlight(limits.inFlight);
  }

  override notify({ email }: Recipient, notification: Notification): Promise<void> {
    return this.#inFlight.run(() => this.#send(email, notification));
  }

  /** Waits some seconds for what is being sent, then ends every connection. */
  async close(): Promise<void> {
    await this.#inFlight.drain(CLOSE_MS);
    this.#transport.close({ force: true });
  }

  async #send(address: string, notification: Notification): Promise<void> {
    if (!ADDRESS.test(address)) {
      throw new BrokerError('notifier_unavailable', 'the account has no address for mail');
    }
    try {
      await this.#transport.sendMail({
        ...mailTextOf(notification),
        from: this.#sender,
        to: { name: '', address },
        // As text of our own choosing, so that no server on the way re-encodes it.
        encoding: 'quoted-printable',
        headers: { 'Auto-Submitted': 'auto-generated' },
        signal: AbortSignal.timeout(this.limits.totalMs),
      });
    } catch (error) {
      throw new BrokerError('notifier_unavailable', 'the mail could not be sent', {
        cause: describeMailError(error),
      });
    }
  }
}

/** Taken apart here, because nodemailer would take a comma in the name for the end of an address. */
function senderOf(from: string) {
  const [, name = '', address = from] = /^"?(.*?)"?\s*<([^<>]*)>$/.exec(from) ?? [];
  return { name, address };
}

function openTransport({ host, port, tls, login }: SmtpUrl, stepMs: number) {
  return createTransport({
    pool: true,
    host,
    secure: tls === 'from_start',
    requireTLS: tls === 'required',
    opportunisticTLS: tls === 'if_offered',
    tls: { rejectUnauthorized: tls !== 'if_offered' },
    ...(port === undefined ? {} : { port }),
    ...(login === undefined ? {} : { auth: { user: login.user, pass: login.password } }),
    dnsTimeout: stepMs,
    connectionTimeout: stepMs,
    greetingTimeout: stepMs,
    socketTimeout: stepMs,
    idleTimeout: IDLE_MS,
    maxConnections: CONNECTIONS,
    maxRequeues: RETRIES,
    // A message is what we say, and never what a file or another server says.
    disableFileAccess: true,
    disableUrlAccess: true,
  });
}
