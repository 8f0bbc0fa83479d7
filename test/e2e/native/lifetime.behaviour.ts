import { expect, test } from 'vitest';
import { NativeClient, problemOf } from '../../support/broker-native.js';
import { adminToken } from '../../support/broker-oauth2.js';
import { OpenimClient } from '../../support/broker-openim.js';
import type { NativeSetting } from './native-setting.js';

const DAY = 86_400;
const MOST = 30 * DAY;

export function lifetimeBehaviour(setting: NativeSetting): void {
  async function tenant(id: string, settings: object) {
    const { first, fleet } = setting();
    const { secret } = await first.createApp(id, { adminUserIds: ['boss'], ...settings });
    const token = await adminToken(fleet.other.url, secret.secret, id);
    const native = new NativeClient(fleet.other.url, token);
    return { native, im: new OpenimClient(fleet.other.url, `/apps/${id}`), token };
  }

  test('are an hour natively and a week over OpenIM’s calls, whose SDKs cannot renew', async () => {
    const { native, im, token } = await tenant('as-it-comes', {});

    expect((await native.mint({ userId: 'ann', platformId: 1 })).expiresIn).toBe(3600);
    const { data } = await im.getUserToken(token, 'ann', 2);
    expect(data?.expireTimeSeconds).toBe(7 * DAY);
  });

  test('are what the request says, before role, app and dialect', async () => {
    const settings = { userTtlSeconds: 500, roleTtlSeconds: { vip: 700 } };
    const { native, im, token } = await tenant('with-lifetimes', settings);
    const ttl = async (more: object = {}) =>
      (await native.mint({ userId: 'bob', platformId: 1, ...more })).expiresIn;

    expect(await ttl()).toBe(500);
    expect((await im.getUserToken(token, 'bob', 2)).data?.expireTimeSeconds).toBe(500);
    await native.change('bob', { role: 'vip' });
    expect(await ttl()).toBe(700);
    expect((await im.getUserToken(token, 'bob', 2)).data?.expireTimeSeconds).toBe(700);
    expect(await ttl({ ttlSeconds: 60 })).toBe(60);
    expect(await ttl({ ttlSeconds: 7200 })).toBe(7200);
    await native.change('bob', { role: 'constructor' });
    expect(await ttl()).toBe(500);
  });

  test('are cut to the bound where an app wants more, and refused where a request does', async () => {
    const { native } = await tenant('too-long', { userTtlSeconds: 2 * MOST });
    const mint = (ttlSeconds: number) =>
      native.send('POST', '/v1/im/tokens', { userId: 'cyd', platformId: 1, ttlSeconds });

    expect((await native.mint({ userId: 'cyd', platformId: 1 })).expiresIn).toBe(MOST);
    expect((await mint(MOST)).status).toBe(201);
    expect(problemOf(await mint(MOST + 1))).toMatchObject({ status: 400, code: 'invalid_request' });
  });
}
