import type { Clock } from '../common/clock.js';
import type { Config } from '../config/config.js';
import type { Notifier } from '../ports/notifier.port.js';
import { MailNotifier } from './mail-notifier.js';
import { ReachNotifier } from './reach-notifier.js';
import { SmsWebhookNotifier } from './sms-webhook-notifier.js';

/** The ways to people that the settings set up. */
export interface OpenedNotifier {
  readonly notifier: Notifier;
  /** Waits some seconds for messages under way, then ends what is connected. */
  close(): Promise<void>;
}

/** Connects to nobody yet. */
export function openNotifier(
  { mail, sms }: Pick<Config, 'mail' | 'sms'>,
  clock: Clock,
): OpenedNotifier {
  const letters =
    mail.smtpUrl === undefined ? undefined : new MailNotifier(mail.smtpUrl, mail.from);
  const texts =
    sms.webhookUrl === undefined
      ? undefined
      : new SmsWebhookNotifier(sms.webhookUrl, sms.webhookSecret, clock);
  return {
    notifier: new ReachNotifier(letters, texts),
    close: async () => {
      await Promise.all([letters?.close(), texts?.close()]);
    },
  };
}
