import { expect, test } from 'vitest';
import type { RingChange, ShownKey } from '../../support/broker-native.js';
import { OpenimClient } from '../../support/broker-openim.js';
import { pollUntil } from '../../support/broker-poll.js';
import { cliJson, runCli } from '../../support/cli.js';
import { type KeysSetting, operatorOf } from './keys-setting.js';

export function commandsBehaviour(setting: KeysSetting): void {
  test('`keys list` shows what the API does, and nothing private', async () => {
    const listed = await cliJson(setting().settings, 'keys', 'list');
    const shown = await (await operatorOf(setting())).keys();

    expect(listed).toEqual({ keys: shown });
    expect(JSON.stringify(listed)).not.toMatch(/sealed|local1/i);
  });

  test('`keys rotate` waits for the time of publishing unless it is forced', async () => {
    const { settings } = setting();
    await (await operatorOf(setting())).rotateKeys({ force: true });
    const early = await runCli(settings, 'keys', 'rotate');
    const forced = await cliJson<RingChange>(settings, 'keys', 'rotate', '--force');

    expect(early.code).toBe(1);
    expect(early.stderr).toMatch(/it may sign in \d+ seconds, or at once if forced/);
    expect(forced.publishedLongEnough).toBe(false);
    const { token } = await (await operatorOf(setting())).mint({ userId: 'by cli', platformId: 1 });
    const { keyId } = await (await operatorOf(setting())).inspect(token);
    expect(keyId).toBe(forced.active.id);
  });

  test('`keys revoke` is true on every broker when it ends', async () => {
    const fleet = setting();
    const operator = await operatorOf(fleet);
    const { token } = await operator.mint({ userId: 'killed by cli', platformId: 1 });
    const { keyId = '' } = await operator.inspect(token);
    const outcome = await cliJson<RingChange & { revoked: ShownKey }>(
      fleet.settings,
      ...['keys', 'revoke', keyId, '--reason', 'leaked'],
    );

    expect(outcome.revoked).toMatchObject({ id: keyId, state: 'revoked', revokedBy: 'cli' });
    for (const { url } of fleet.brokers) {
      expect(await new OpenimClient(url).codeOf(token)).toBe(1505);
    }
    const again = await runCli(fleet.settings, 'keys', 'revoke', keyId, '--reason', 'again');
    expect([again.code, again.stderr]).toEqual([1, 'the key was revoked before\n']);
  });

  test('`ledger restored` revokes every key of the back-up and gives every ring new ones', async () => {
    const fleet = setting();
    const operator = await operatorOf(fleet);
    await operator.createApp('hmac-restored', { algorithm: 'HS256' });
    const { token } = await operator.mint({ userId: 'restored', platformId: 1 });
    const before = await operator.keys();
    const good = before.filter(({ revokedAt }) => revokedAt === null).map(({ id }) => id);
    const { revokedKeys } = await cliJson<{ revokedKeys: string[] }>(
      fleet.settings,
      ...['ledger', 'restored'],
    );

    expect(revokedKeys.toSorted()).toEqual(good.toSorted());
    for (const { url } of fleet.brokers) {
      const im = new OpenimClient(url);
      await pollUntil(2000, async () => (await im.codeOf(token)) === 1505);
    }
    const after = await (await operatorOf(fleet)).keys();
    for (const ring of new Set(before.map((key) => key.ring))) {
      const states = after.filter((key) => key.ring === ring && !good.includes(key.id));
      const working = states.filter(({ revokedAt }) => revokedAt === null);
      expect(working.map(({ state }) => state).toSorted()).toEqual(['active', 'upcoming']);
    }
    const young = await (await operatorOf(fleet)).mint({ userId: 'restored', platformId: 1 });
    expect(await new OpenimClient(fleet.other.url).codeOf(young.token)).toBe(0);
  });
}
