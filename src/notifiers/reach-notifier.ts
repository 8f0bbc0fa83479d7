import { BrokerError } from '../common/errors.js';
import { type Notification, Notifier, type Recipient } from '../ports/notifier.port.js';

/**
 * Takes the way that leads to the recipient: mail where there is an address and mail is set up,
 * else a text message. Where the mail fails no text message is tried: it may have arrived.
 */
export class ReachNotifier extends Notifier {
  /** Each way as far as it is set up. */
  constructor(
    private readonly mail: Notifier | undefined,
    private readonly sms: Notifier | undefined,
  ) {
    super();
  }

  override async notify(recipient: Recipient, notification: Notification): Promise<void> {
    const way = this.#wayTo(recipient);
    if (way === undefined) {
      throw new BrokerError('notifier_unavailable', 'there is no way to reach the account’s owner');
    }
    await way.notify(recipient, notification);
  }

  #wayTo({ email, phone }: Recipient): Notifier | undefined {
    if (email !== '' && this.mail !== undefined) return this.mail;
    return phone === '' ? undefined : this.sms;
  }
}
