import { expect, it } from 'vitest';
import { openNotifier } from '../../../src/notifiers/open-notifier.js';
import { ManualClock } from '../../support/manual-clock.js';
import { TestSmsWebhook } from '../../support/sms-webhook.js';
import { TestSmtpServer } from '../../support/smtp-server.js';
import { load } from '../config/given-sources.js';

const NOTIFICATION = {
  kind: 'recovery_code',
  appName: 'Acme',
  username: 'alice',
  code: '123456',
  validSeconds: 900,
} as const;

it('what the settings set up is what messages go through', async () => {
  const secret = 'a-secret-that-signs-the-posts-of-tests';
  const clock = new ManualClock();
  const smtp = await TestSmtpServer.start();
  const webhook = await TestSmsWebhook.start({ secret });
  webhook.nowSeconds = () => clock.nowMs() / 1000;
  const env = {
    COUNTERSIGN_MAIL__SMTP_URL: smtp.url,
    COUNTERSIGN_MAIL__FROM: 'Login <login@example.org>',
    COUNTERSIGN_SMS__WEBHOOK_URL: webhook.url,
    COUNTERSIGN_SMS__WEBHOOK_SECRET: secret,
  };
  const { notifier, close } = openNotifier(load({ env }), clock);

  await notifier.notify({ email: 'alice@example.com', phone: '+49170' }, NOTIFICATION);
  expect((await smtp.nextMailTo('alice@example.com')).from).toBe('login@example.org');
  await notifier.notify({ email: '', phone: '+49170' }, NOTIFICATION);
  expect(await webhook.nextCodeTo('+49170')).toBe('123456');

  await close();
  await expect.poll(() => smtp.connections.now).toBe(0);
  await smtp.close();
  await webhook.close();
});

it('nobody is reached where nothing is set up', async () => {
  const { notifier, close } = openNotifier(load(), new ManualClock());
  const sending = notifier.notify({ email: 'alice@example.com', phone: '+49170' }, NOTIFICATION);
  await expect(sending).rejects.toMatchObject({ code: 'notifier_unavailable' });
  await close();
});
