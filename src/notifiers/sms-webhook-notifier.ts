import { createHmac } from 'node:crypto';
import { Agent as HttpAgent, type IncomingMessage, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { type Clock, toUnixSeconds } from '../common/clock.js';
import { BrokerError } from '../common/errors.js';
import { type Notification, Notifier, type Recipient } from '../ports/notifier.port.js';
import { InFlight } from './in-flight.js';
import { smsTextOf } from './notification-text.js';

/** What posts to the webhook are bounded by. */
export interface SmsLimits {
  /** For how long the answer is waited for, with the waiting for a connection. */
  readonly totalMs: number;
  /** Posts under way and waiting to be; one more is refused at once. */
  readonly inFlight: number;
}

export const SMS_LIMITS: SmsLimits = { totalMs: 5000, inFlight: 500 };

const CONNECTIONS = 32;
/** Bytes of an answer that are read, and thrown away, before the connection is cut. */
const MOST_ANSWER_BYTES = 16_384;

/**
 * Posts `{"phone","text","kind"}` to a webhook of the company's, which sends the text message. Any
 * 2xx says that it will; every other answer is a failure, also one that leads elsewhere. With a
 * secret, each post carries `x-countersign-signature: t=<Unix seconds>,v1=<HMAC>`: HMAC-SHA-256, in
 * hex, of `<t>.<body>`.
 */
export class SmsWebhookNotifier extends Notifier {
  readonly #url: URL;
  readonly #request: typeof httpRequest;
  // No connection outlives its post: messages are rare, and one sent on a connection that the other
  // side is just closing could be neither repeated nor counted as sent.
  readonly #agent: HttpAgent;
  readonly #inFlight: InFlight;

  constructor(
    webhookUrl: string,
    private readonly secret: string | undefined,
    private readonly clock: Clock,
    private readonly limits: SmsLimits = SMS_LIMITS,
  ) {
    super();
    this.#url = new URL(webhookUrl);
    const encrypted = this.#url.protocol === 'https:';
    const options = { keepAlive: false, maxSockets: CONNECTIONS };
    this.#request = encrypted ? httpsRequest : httpRequest;
    this.#agent = encrypted ? new HttpsAgent(options) : new HttpAgent(options);
    this.#inFlight = new InFlight(limits.inFlight);
  }

  override notify({ phone }: Recipient, notification: Notification): Promise<void> {
    return this.#inFlight.run(() => this.#send(phone, notification));
  }

  /** Waits for the posts that are under way. */
  async close(): Promise<void> {
    await this.#inFlight.drain(this.limits.totalMs);
  }

  async #send(phone: string, notification: Notification): Promise<void> {
    if (phone === '') {
      throw new BrokerError('notifier_unavailable', 'the account has no phone number');
    }
    const text = smsTextOf(notification);
    try {
      const status = await this.#post(JSON.stringify({ phone, text, kind: notification.kind }));
      if (status < 200 || status > 299) throw new Error(`the webhook answered ${status}`);
    } catch (error) {
      throw new BrokerError('notifier_unavailable', 'the text message could not be sent', {
        cause: describeError(error),
      });
    }
  }

  /** The status of the answer. */
  #post(body: string): Promise<number> {
    const headers = {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      'user-agent': 'countersign',
      ...this.#signature(body),
    };
    const signal = AbortSignal.timeout(this.limits.totalMs);
    return new Promise((resolve, reject) => {
      const options = { method: 'POST', headers, agent: this.#agent, signal };
      const request = this.#request(this.#url, options, (response) => {
        throwAway(response);
        resolve(response.statusCode ?? 0);
      });
      request.on('error', reject);
      request.end(body);
    });
  }

  #signature(body: string): Record<string, string> {
    if (this.secret === undefined) return {};
    const t = toUnixSeconds(this.clock.nowMs());
    const hmac = createHmac('sha256', this.secret).update(`${t}.${body}`).digest('hex');
    return { 'x-countersign-signature': `t=${t},v1=${hmac}` };
  }
}

function throwAway(response: IncomingMessage): void {
  let left = MOST_ANSWER_BYTES;
  response.on('data', (bytes: Buffer) => {
    left -= bytes.length;
    if (left < 0) response.destroy();
  });
  response.on('error', () => undefined);
}

/** What went wrong, for the log: words of Node, without the bytes that its parser keeps. */
function describeError(error: unknown): Error {
  if (error instanceof AggregateError) return describeError(error.errors[0]);
  if (error instanceof Error && error.name === 'AbortError') {
    return new Error('the webhook took too long');
  }
  return new Error(error instanceof Error ? error.message : 'the webhook failed');
}
