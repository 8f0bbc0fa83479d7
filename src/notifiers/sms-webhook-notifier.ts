import { createHmac } from 'node:crypto';
import { type Clock, toUnixSeconds } from '../common/clock.js';
import { BrokerError } from '../common/errors.js';
import { Notifier, type Notification, type Recipient } from '../ports/notifier.port.js';
import { textOf } from './notification-text.js';

export interface SmsOptions {
  readonly webhookUrl: string;
  /** What posts are signed with; absent: they are not. */
  readonly webhookSecret: string | undefined;
}

const PATIENCE_MS = 5000;
/** Posts on their way at once, at most. */
const MAX_UNDER_WAY = 500;

/** Where a post's signature stands: `t=<Unix seconds>,v1=<hex HMAC-SHA-256 of "<t>.<body>">`. */
export const SIGNATURE_HEADER = 'x-countersign-signature';

/**
 * Hands text messages to a webhook: `{phone, text, kind}` as JSON, signed. An answer of 2xx means
 * that it took the message.
 */
export class SmsWebhookNotifier extends Notifier {
  #underWay = 0;

  constructor(
    private readonly clock: Clock,
    private readonly options: SmsOptions,
  ) {
    super();
  }

  override async notify({ phone }: Recipient, notification: Notification): Promise<void> {
    if (phone === '' || this.#underWay >= MAX_UNDER_WAY) throw unavailable();
    const { subject, body } = textOf(notification);
    const text = `${subject}. ${body.replaceAll(/\n+/g, ' ').trim()}`;
    this.#underWay += 1;
    try {
      await this.#post(JSON.stringify({ phone, text, kind: notification.kind }));
    } catch (error) {
      throw unavailable(described(error));
    } finally {
      this.#underWay -= 1;
    }
  }

  async #post(body: string): Promise<void> {
    const response = await fetch(this.options.webhookUrl, {
      method: 'POST',
      redirect: 'error',
      headers: { 'content-type': 'application/json', ...this.#signature(body) },
      body,
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    await response.body?.cancel();
    if (!response.ok) throw new Error(`the webhook answered ${response.status}`);
  }

  #signature(body: string): Record<string, string> {
    const { webhookSecret: secret } = this.options;
    if (secret === undefined) return {};
    const at = toUnixSeconds(this.clock.nowMs());
    const mac = createHmac('sha256', secret).update(`${at}.${body}`).digest('hex');
    return { [SIGNATURE_HEADER]: `t=${at},v1=${mac}` };
  }
}

/** What may be logged: a failed request's own words can hold the URL, and with it a secret. */
function described(error: unknown): Error {
  if (error instanceof Error && error.message.startsWith('the webhook')) return error;
  const { name, cause } = error as { name?: string; cause?: { code?: unknown } };
  const code = typeof cause?.code === 'string' ? cause.code : '';
  return new Error(['the webhook could not be reached', name, code].filter(Boolean).join(': '));
}

function unavailable(cause?: Error): BrokerError {
  return new BrokerError('notifier_unavailable', 'the text message could not be sent', { cause });
}
