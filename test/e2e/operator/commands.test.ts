import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Fleet, PROFILES, startFleet } from '../../support/broker-fleet.js';
import { NativeClient, type NewApp } from '../../support/broker-native.js';
import { adminToken } from '../../support/broker-oauth2.js';
import { cliJson, runCli } from '../../support/cli.js';

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

  const revoke = (token: string, ...options: string[]) =>
    runCli(fleet.settings, { input: `${token}\n` }, 'tokens', 'revoke', ...options);

  test('tokens revoke ends the session of the token on standard input, everywhere', async () => {
    const { token, sessionId } = await operator.mint({ userId: 'cut off', platformId: 1 });

    const { code, stdout, stderr } = await revoke(token, '--reason', 'stolen');

    expect([code, stderr]).toEqual([0, '']);
    const revocation = JSON.parse(stdout) as { id: string; reason: string; createdBy: string };
    expect(revocation).toMatchObject({ reason: 'stolen', createdBy: 'cli' });
    const record = await elsewhere.send('GET', `/v1/revocations/${revocation.id}`);
    expect(revocation).toEqual(record.json());
    expect(stdout).not.toContain(token);
    for (const client of [operator, elsewhere]) {
      expect(await client.inspect(token)).toMatchObject({ status: 'revoked', sessionId });
    }
    await operator.restore(revocation.id);
    expect((await elsewhere.inspect(token)).status).toBe('active');
  });

  test('commands print what the API answers', async () => {
    const { token } = await operator.mint({ userId: 'shown', platformId: 1 });
    const { stdout } = await runCli(fleet.settings, { input: token }, 'tokens', 'inspect');
    expect(JSON.parse(stdout)).toEqual(await operator.inspect(token));

    const suspended = await cliJson(fleet.settings, 'users', 'suspend', 'shown');
    expect(suspended).toEqual((await operator.send('GET', '/v1/im/users/shown')).json());

    const made = await cliJson<NewApp>(fleet.settings, 'apps', 'create', 'by-cli');
    const { apps } = (await operator.send('GET', '/v1/apps')).json<{ apps: { id: string }[] }>();
    expect(await cliJson(fleet.settings, 'apps', 'list')).toEqual({ apps });
    const { secret, ...app } = made;
    expect(apps).toContainEqual(app);
    const next = await cliJson<typeof secret>(fleet.settings, 'apps', 'rotate-secret', 'by-cli');
    expect(Object.keys(next)).toEqual(Object.keys(secret));
    const kept = await cliJson<{ secrets: object[] }>(fleet.settings, 'apps', 'secrets', 'by-cli');
    expect(kept.secrets).toEqual(
      [secret, next].map(({ secret: _shownOnce, ...row }) => ({ ...row, withdrawnAt: null })),
    );
  });

  test('a command ends when it has printed', async () => {
    const began = performance.now();
    await cliJson(fleet.settings, 'apps', 'list');
    // An open connection would keep the process for ten seconds.
    expect(performance.now() - began).toBeLessThan(8000);
  });

  test('a token that is none of the app’s is said to be unknown', async () => {
    const { code, stdout, stderr } = await revoke('nonsense');
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain('there is no such session');
  });

  test('after ledger restored no session of before works, and new logins do', async () => {
    const before = await operator.mint({ userId: 'of the back-up', platformId: 1 });

    const { code, stdout } = await runCli(fleet.settings, 'ledger', 'restored');

    expect(code).toBe(0);
    const { revocations } = JSON.parse(stdout) as { revocations: Record<string, string> };
    expect(Object.keys(revocations).toSorted()).toEqual(['by-cli', 'default']);
    const fresh = await adminToken(fleet.other.url, fleet.appSecret);
    for (const { url } of [fleet.first, fleet.other]) {
      const client = new NativeClient(url, fresh);
      const { status, causes } = await client.inspect(before.token);
      expect(status).toBe('key_revoked');
      expect(causes.map(({ type }) => type)).toEqual(['key_revoked', 'revoked']);
      const after = await client.mint({ userId: `logged in at ${url}`, platformId: 1 });
      expect((await client.inspect(after.token)).status).toBe('active');
    }
  });
});
