import { expect, test } from 'vitest';
import { NativeClient, problemOf } from '../../support/broker-native.js';
import { adminToken } from '../../support/broker-oauth2.js';
import { type KeysSetting, operatorOf, statusAt } from './keys-setting.js';

export function rotateBehaviour(setting: KeysSetting): void {
  test('a key that was not published long enough does not sign, and it is said when it can', async () => {
    const operator = await operatorOf(setting());
    await operator.rotateKeys({ force: true });
    const answer = await operator.send('POST', '/v1/keys/rotate');

    const problem = problemOf(answer);
    expect(problem).toMatchObject({ status: 409, code: 'rotation_too_early' });
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(590);
    expect(Number(answer.headers['retry-after'])).toBeLessThanOrEqual(600);
    expect(problem.detail).toContain(answer.headers['retry-after']);
  });

  test('forced, the upcoming key signs at once, and tokens of the one before stay good', async () => {
    const fleet = setting();
    const operator = await operatorOf(fleet);
    const upcoming = (await operator.keys('shared')).find(({ state }) => state === 'upcoming');
    const old = await operator.mint({ userId: 'rotated', platformId: 1 });
    const change = await operator.rotateKeys({ force: true });

    expect(change).toMatchObject({ ring: 'shared', publishedLongEnough: false });
    expect(change.active.id).toBe(upcoming?.id);
    expect(change.upcoming.id).not.toBe(upcoming?.id);
    const young = await operator.mint({ userId: 'rotated too', platformId: 1 });
    expect((await operator.inspect(young.token)).keyId).toBe(change.active.id);
    for (const { url } of fleet.brokers) {
      for (const { token } of [old, young])
        expect(await statusAt(fleet, url, token)).toBe('active');
    }
  });

  test('the keys of an HS256 app rotate by themselves', async () => {
    const operator = await operatorOf(setting());
    await operator.createApp('hmac-rotated', { algorithm: 'HS256' });
    const change = await operator.rotateKeys({ ring: 'app:hmac-rotated', force: true });

    expect(change.ring).toBe('app:hmac-rotated');
    expect(change.active).toMatchObject({ algorithm: 'HS256', state: 'active' });
  });

  test('there is no other ring', async () => {
    const operator = await operatorOf(setting());
    const answer = await operator.send('POST', '/v1/keys/rotate', { ring: 'app:nobody' });

    expect(problemOf(answer)).toMatchObject({ status: 404, code: 'key_unknown' });
  });

  test('no private part of any kind is listed', async () => {
    const answer = await (await operatorOf(setting())).send('GET', '/v1/keys');

    expect(answer.text).not.toMatch(/sealed|private|local1/i);
  });

  test('keys are the operator’s: no tenant lists, rotates or kills them', async () => {
    const fleet = setting();
    const operator = await operatorOf(fleet);
    const { secret } = await operator.createApp('tenant-of-keys');
    const tenant = new NativeClient(
      fleet.first.url,
      await adminToken(fleet.first.url, secret.secret, 'tenant-of-keys'),
    );
    const [key] = await operator.keys('shared');
    const calls = [
      tenant.send('GET', '/v1/keys'),
      tenant.send('POST', '/v1/keys/rotate', { force: true }),
      tenant.send('POST', `/v1/keys/${key?.id}/revoke`, { reason: 'mine' }),
    ];

    for (const answer of await Promise.all(calls)) {
      expect(problemOf(answer)).toMatchObject({ status: 403, code: 'insufficient_scope' });
    }
    const wanted = await operator.send('POST', '/v1/apps', {
      id: 'greedy',
      scopes: ['keys:write'],
    });
    expect(problemOf(wanted)).toMatchObject({ status: 400, code: 'invalid_scope' });
  });

  test('who may read the keys may not change them', async () => {
    const { first, appSecret } = setting();
    const token = await adminToken(first.url, appSecret, 'default', 'keys:read');
    const reader = new NativeClient(first.url, token);

    expect((await reader.keys()).length).toBeGreaterThan(1);
    expect(problemOf(await reader.send('POST', '/v1/keys/rotate')).status).toBe(403);
  });
}
