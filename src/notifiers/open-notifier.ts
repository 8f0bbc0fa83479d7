import type { Clock } from '../common/clock.js';
import type { Config } from '../config/config.js';
import type { Notifier } from '../ports/notifier.port.js';
import { MailNotifier } from './mail-notifier.js';
import { ReachNotifier } from './reach-notifier.js';
import { SmsWebhookNotifier } from './sms-webhook-notifier.js';

export interface OpenNotifier {
  readonly notifier: Notifier;
  close(): void;
}

/** The ways to tell people something that the settings name. */
export function openNotifier(
  { mail, sms, environment }: Pick<Config, 'mail' | 'sms' | 'environment'>,
  clock: Clock,
): OpenNotifier {
  const { smtpUrl, from } = mail;
  const { webhookUrl, webhookSecret } = sms;
  const requireTls = environment === 'production';
  const mailing =
    smtpUrl === undefined ? undefined : new MailNotifier({ smtpUrl, from, requireTls });
  const texting =
    webhookUrl === undefined
      ? undefined
      : new SmsWebhookNotifier(clock, { webhookUrl, webhookSecret });
  return {
    notifier: new ReachNotifier({
      ...(mailing === undefined ? {} : { mail: mailing }),
      ...(texting === undefined ? {} : { sms: texting }),
    }),
    close: () => mailing?.close(),
  };
}
