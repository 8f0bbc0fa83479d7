import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Fleet, PROFILES, startFleet } from '../../support/broker-fleet.js';
import { NativeClient } from '../../support/broker-native.js';
import { adminToken } from '../../support/broker-oauth2.js';
import { type CommandOutcome, runCommand } from '../../support/operator-command.js';

describe.each(PROFILES)('the operator’s commands beside brokers, on the %s profile', (profile) => {
  let fleet: Fleet;
  let operator: NativeClient;
  let elsewhere: NativeClient;
  beforeAll(async () => {
    fleet = await startFleet(profile);
    const token = await adminToken(fleet.first.url, fleet.appSecret);
    operator = new NativeClient(fleet.first.url, token);
    elsewhere = new NativeClient(fleet.other.url, token);
  });
  afterAll(() => fleet?.stop());

  const run = (args: readonly string[], input?: string): Promise<CommandOutcome> =>
    runCommand(fleet.settings, args, input);

  test('tokens revoke ends the session of the token on standard input, everywhere', async () => {
    const { token, sessionId } = await operator.mint({ userId: 'cut off', platformId: 1 });

    const outcome = await run(['tokens', 'revoke', '--reason', 'stolen'], `${token}\n`);

    expect(outcome.errors).toBe('');
    expect(outcome.code).toBe(0);
    const revocation = outcome.json<{ id: string; reason: string; createdBy: string }>();
    expect(revocation).toMatchObject({ reason: 'stolen', createdBy: 'cli' });
    expect(outcome.output).not.toContain(token);
    for (const client of [operator, elsewhere]) {
      expect(await client.inspect(token)).toMatchObject({ status: 'revoked', sessionId });
    }
    await operator.restore(revocation.id);
    expect((await elsewhere.inspect(token)).status).toBe('active');
  });

  test('a token that is none of the app’s is said to be unknown', async () => {
    const outcome = await run(['tokens', 'revoke'], 'nonsense');
    expect([outcome.code, outcome.output]).toEqual([1, '']);
    expect(outcome.errors).toContain('there is no such session');
  });

  test('after ledger restored no session of before works, until that is taken back', async () => {
    const before = await operator.mint({ userId: 'of the back-up', platformId: 1 });
    const suspended = await operator.mint({ userId: 'suspended', platformId: 1 });
    await operator.change('suspended', { status: 'suspended' });

    const outcome = await run(['ledger', 'restored']);

    expect(outcome.errors).toBe('');
    const { revocations } = outcome.json<{ revocations: Record<string, string> }>();
    expect(Object.keys(revocations)).toEqual(['default']);
    for (const client of [operator, elsewhere]) {
      expect((await client.inspect(before.token)).status).toBe('revoked');
    }
    const after = await elsewhere.mint({ userId: 'logged in again', platformId: 1 });
    expect((await operator.inspect(after.token)).status).toBe('active');
    await operator.restore(revocations['default'] ?? '');
    expect((await elsewhere.inspect(before.token)).status).toBe('active');
    expect((await elsewhere.inspect(suspended.token)).status).toBe('user_suspended');
  });
});
