import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { NEW_PASSWORD, PASSWORD } from '../../support/broker-business.js';
import { type Profile, PROFILES } from '../../support/broker-fleet.js';
import { problemOf } from '../../support/broker-native.js';
import { changeLedgerRows } from '../../support/ledger-rows.js';
import { Mailbox } from '../../support/mailbox.js';
import { TestSmsWebhook } from '../../support/sms-webhook.js';
import { type Business, newName, startBusiness } from './business-setting.js';
import { type Recovery, recoveryBehaviour } from './recovery.behaviour.js';

const start = async (profile: Profile): Promise<Recovery> => {
  const mailbox = await Mailbox.open();
  const business = await startBusiness(profile, {
    COUNTERSIGN_HTTP__TRUSTED_PROXIES: '127.0.0.1',
    COUNTERSIGN_MAIL__SMTP_URL: mailbox.url,
  });
  const stop = async () => {
    await business.stop();
    await mailbox.close();
  };
  return { ...business, mailbox, stop };
};

describe.each(PROFILES)('recovery by text message, on the %s profile', (profile) => {
  const secret = randomBytes(32).toString('base64url');
  let webhook: TestSmsWebhook;
  let business: Business;
  beforeAll(async () => {
    webhook = await TestSmsWebhook.start({ secret });
    business = await startBusiness(profile, {
      COUNTERSIGN_SMS__WEBHOOK_URL: webhook.url,
      COUNTERSIGN_SMS__WEBHOOK_SECRET: secret,
    });
  });
  afterAll(async () => {
    await business?.stop();
    await webhook?.close();
  });

  test('a code that was sent to a phone sets the password', async () => {
    const { web, elsewhere } = business;
    const username = newName('phone');
    const phone = '+15550100';
    await web.register({ username, password: PASSWORD, phone });
    const recoveryToken = await web.startRecovery({ username });
    const code = await webhook.nextCodeTo(phone);

    const done = await elsewhere.completeRecovery(recoveryToken, code, NEW_PASSWORD);

    expect(done.status).toBe(204);
    expect((await web.sendLogin({ username, password: PASSWORD })).status).toBe(401);
    expect((await web.sendLogin({ username, password: NEW_PASSWORD })).status).toBe(200);
    expect(webhook.posts).toEqual({ all: 1, refused: 0 });
  });
});

describe.each(PROFILES)('recovery of accounts, on the %s profile', (profile) => {
  let recovery: Recovery;
  beforeAll(async () => {
    recovery = await start(profile);
  });
  afterAll(() => recovery?.stop());

  recoveryBehaviour(() => recovery);

  test('a code is good for as long as it is set', { timeout: 60_000 }, async () => {
    const { web, mailbox, fleet } = recovery;
    const email = `${newName('late')}@example.com`;
    const username = newName('late');
    await web.register({ username, password: PASSWORD, email });
    const late = await web.startRecovery({ username });
    const code = await mailbox.code(email);

    // The broker's clock can't be put forward: what it has stored is made older instead.
    const age = (seconds: number) =>
      changeLedgerRows(fleet, `update business_tickets set expires_at = expires_at - ${seconds}`);
    await age(600);
    const weak = await web.completeRecovery(late, code, 'password1');
    expect(problemOf(weak)).toMatchObject({ status: 400, code: 'weak_password' });
    await age(301);

    const answer = await web.completeRecovery(late, code, NEW_PASSWORD);
    expect(problemOf(answer)).toMatchObject({ status: 401, code: 'invalid_code' });
  });
});
