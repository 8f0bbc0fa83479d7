import { describe, expect, it } from 'vitest';
import { BrokerError } from '../../../src/common/errors.js';
import { ReachNotifier } from '../../../src/notifiers/reach-notifier.js';
import { type Notification, Notifier, type Recipient } from '../../../src/ports/notifier.port.js';

const NOTIFICATION: Notification = {
  kind: 'recovery_code',
  appName: 'Acme',
  username: 'alice',
  code: '123456',
  validSeconds: 900,
};
const BOTH: Recipient = { email: 'alice@example.com', phone: '+491701234567' };
const ADDRESS: Recipient = { ...BOTH, phone: '' };
const PHONE: Recipient = { ...BOTH, email: '' };
const NEITHER: Recipient = { email: '', phone: '' };

/** Writes down by which way somebody was told. */
class Way extends Notifier {
  constructor(
    private readonly name: string,
    private readonly told: string[],
    private readonly works = true,
  ) {
    super();
  }

  override notify(): Promise<void> {
    this.told.push(this.name);
    if (this.works) return Promise.resolve();
    return Promise.reject(new BrokerError('notifier_unavailable', `no ${this.name} today`));
  }
}

describe('a recipient is reached', () => {
  it.each([
    ['by mail', 'mail and SMS', BOTH, ['mail']],
    ['by mail', 'mail and SMS', ADDRESS, ['mail']],
    ['by SMS', 'mail and SMS', PHONE, ['sms']],
    ['by mail', 'mail', BOTH, ['mail']],
    ['by SMS', 'SMS', BOTH, ['sms']],
    ['by SMS', 'SMS', PHONE, ['sms']],
  ])('%s where %s can be sent: %j', async (_, ways, recipient, expected) => {
    const told: string[] = [];
    const mail = ways.includes('mail') ? new Way('mail', told) : undefined;
    const sms = ways.includes('SMS') ? new Way('sms', told) : undefined;
    await new ReachNotifier(mail, sms).notify(recipient, NOTIFICATION);
    expect(told).toEqual(expected);
  });
});

describe('a recipient is not reached', () => {
  it.each([
    ['mail and SMS', NEITHER],
    ['mail', PHONE],
    ['SMS', ADDRESS],
    ['nothing', BOTH],
  ])('where %s can be sent: %j', async (ways, recipient) => {
    const told: string[] = [];
    const mail = ways.includes('mail') ? new Way('mail', told) : undefined;
    const sms = ways.includes('SMS') ? new Way('sms', told) : undefined;
    const sending = new ReachNotifier(mail, sms).notify(recipient, NOTIFICATION);
    await expect(sending).rejects.toMatchObject({ code: 'notifier_unavailable' });
    expect(told).toEqual([]);
  });

  it('by a text message after a mail that failed, for it may have arrived', async () => {
    const told: string[] = [];
    const reach = new ReachNotifier(new Way('mail', told, false), new Way('sms', told));
    await expect(reach.notify(BOTH, NOTIFICATION)).rejects.toThrow('no mail today');
    expect(told).toEqual(['mail']);
  });
});
