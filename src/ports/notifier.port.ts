/** Something that an account's owner is told outside of the broker. */
export interface Notification {
  readonly kind: 'recovery_code';
  /** The app, for people. */
  readonly appName: string;
  readonly username: string;
  readonly code: string;
  readonly validSeconds: number;
}

/** Where an owner can be reached; empty: not that way. */
export interface Recipient {
  readonly email: string;
  readonly phone: string;
}

/**
 * Tells an account's owner something, by mail where there is an address and mail is set up, else
 * by text message.
 *
 * Failure: throws `BrokerError('notifier_unavailable')` where there is no way to reach the
 * recipient or the way failed. The message may have been sent all the same.
 */
export abstract class Notifier {
  abstract notify(recipient: Recipient, notification: Notification): Promise<void>;
}
