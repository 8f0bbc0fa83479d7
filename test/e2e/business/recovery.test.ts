import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { NEW_PASSWORD, PASSWORD } from '../../support/broker-business.js';
import { type Profile, PROFILES } from '../../support/broker-fleet.js';
import { problemOf } from '../../support/broker-native.js';
import { changeLedgerRows } from '../../support/ledger-rows.js';
import { Mailbox } from '../../support/mailbox.js';
import { newName, startBusiness } from './business-setting.js';
import { type Recovery, recoveryBehaviour } from './recovery.behaviour.js';

const start = async (profile: Profile): Promise<Recovery> => {
  const mailbox = await Mailbox.open();
  const business = await startBusiness(profile, { COUNTERSIGN_MAIL__SMTP_URL: mailbox.url });
  const stop = async () => {
    await business.stop();
    await mailbox.close();
  };
  return { ...business, mailbox, stop };
};

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
