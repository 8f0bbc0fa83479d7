import { expect, test } from 'vitest';
import { NativeClient, problemOf } from '../../support/broker-native.js';
import { adminToken } from '../../support/broker-oauth2.js';
import { OpenimClient } from '../../support/broker-openim.js';
import { type KeysSetting, operatorOf, statusAt } from './keys-setting.js';

export function revokeBehaviour(setting: KeysSetting): void {
  test('a killed key’s tokens are refused everywhere, and the upcoming key signs', async () => {
    const fleet = setting();
    const operator = await operatorOf(fleet);
    const { token } = await operator.mint({ userId: 'victim', platformId: 1 });
    for (const { url } of fleet.brokers) expect(await new OpenimClient(url).codeOf(token)).toBe(0);
    const { keyId = '' } = await operator.inspect(token);
    const change = await operator.revokeKey(keyId, 'found on a forum');

    expect(change.revoked).toMatchObject({
      id: keyId,
      state: 'revoked',
      revokedBy: 'default',
      revokedReason: 'found on a forum',
    });
    expect(change.publishedLongEnough).toBe(false);
    for (const { url } of fleet.brokers) {
      expect(await new OpenimClient(url).codeOf(token)).toBe(1505);
      expect(await statusAt(fleet, url, token)).toBe('key_revoked');
    }
    const after = await operatorOf(fleet);
    const young = await after.mint({ userId: 'victim', platformId: 1 });
    expect((await after.inspect(young.token)).keyId).toBe(change.active.id);
    for (const { url } of fleet.brokers) {
      expect(await new OpenimClient(url).codeOf(young.token)).toBe(0);
    }
  });

  test('so are its admin tokens, that of the killer among them', async () => {
    const operator = await operatorOf(setting());
    const active = (await operator.keys('shared')).find(({ state }) => state === 'active');
    await operator.revokeKey(active?.id ?? '');

    const refused = problemOf(await operator.send('GET', '/v1/keys'));
    expect(refused).toMatchObject({ status: 401, code: 'token_key_revoked' });
  });

  test('an upcoming key can be killed before it ever signs', async () => {
    const operator = await operatorOf(setting());
    const keys = await operator.keys('shared');
    const upcoming = keys.find(({ state }) => state === 'upcoming');
    const active = keys.find(({ state }) => state === 'active');
    const change = await operator.revokeKey(upcoming?.id ?? '');

    expect(change.active.id).toBe(active?.id);
    expect(change.upcoming.id).not.toBe(upcoming?.id);
  });

  test('killing it again is refused, and so is killing what does not exist', async () => {
    const operator = await operatorOf(setting());
    const killed = (await operator.keys()).find(({ state }) => state === 'revoked');
    const again = await operator.send('POST', `/v1/keys/${killed?.id}/revoke`, { reason: 'again' });
    const unknown = await operator.send('POST', '/v1/keys/nothing/revoke', { reason: 'what' });

    expect(problemOf(again)).toMatchObject({ status: 409, code: 'key_revoked' });
    expect(problemOf(unknown)).toMatchObject({ status: 404, code: 'key_unknown' });
  });

  test('the HS256 keys of an app are killed by the operator, and no one else’s tokens with them', async () => {
    const fleet = setting();
    const operator = await operatorOf(fleet);
    const { secret } = await operator.createApp('hmac-killed', { algorithm: 'HS256' });
    const tenant = new NativeClient(
      fleet.other.url,
      await adminToken(fleet.other.url, secret.secret, 'hmac-killed'),
    );
    const { token } = await tenant.mint({ userId: 'u', platformId: 1 });
    const mine = await operator.mint({ userId: 'mine', platformId: 1 });
    const { keyId = '' } = await tenant.inspect(token);
    await operator.revokeKey(keyId);

    expect((await tenant.inspect(token)).status).toBe('key_revoked');
    expect((await operator.inspect(mine.token)).status).toBe('active');
    const young = await tenant.mint({ userId: 'u', platformId: 1 });
    expect((await tenant.inspect(young.token)).status).toBe('active');
  });
}
