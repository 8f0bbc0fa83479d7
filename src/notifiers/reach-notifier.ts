import { BrokerError } from '../common/errors.js';
import { Notifier, type Notification, type Recipient } from '../ports/notifier.port.js';

/** The ways that are set up. */
export interface Ways {
  readonly mail?: Notifier;
  readonly sms?: Notifier;
}

/** Takes the way by which a recipient can be reached: mail, else a text message. */
export class ReachNotifier extends Notifier {
  constructor(private readonly ways: Ways) {
    super();
  }

  override async notify(recipient: Recipient, notification: Notification): Promise<void> {
    const { mail, sms } = this.ways;
    const way =
      mail !== undefined && recipient.email !== ''
        ? mail
        : sms !== undefined && recipient.phone !== ''
          ? sms
          : undefined;
    if (way === undefined) {
      throw new BrokerError('notifier_unavailable', 'the recipient can not be reached');
    }
    await way.notify(recipient, notification);
  }
}
