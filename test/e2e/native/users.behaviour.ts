import { expect, test } from 'vitest';
import { NativeClient, problemOf } from '../../support/broker-native.js';
import { adminToken } from '../../support/broker-oauth2.js';
import { OpenimClient } from '../../support/broker-openim.js';
import type { NativeSetting } from './native-setting.js';

export function usersBehaviour(setting: NativeSetting): void {
  test('are looked up as OpenIM’s calls have registered them', async () => {
    const { first, fleet } = setting();
    const im = new OpenimClient(fleet.other.url);
    const users = [{ userID: 'zoë', nickname: 'Zoë 🙂', faceURL: 'https://a.example/z', ex: '{}' }];
    await im.call('/user/user_register', { users }, await im.admin(fleet.appSecret));
    const answer = await first.send('GET', `/v1/im/users/${encodeURIComponent('zoë')}`);

    expect(answer.status).toBe(200);
    expect(answer.json()).toEqual({
      userId: 'zoë',
      status: 'active',
      role: '',
      nickname: 'Zoë 🙂',
      faceUrl: 'https://a.example/z',
    });
  });

  test.each(['漢'.repeat(64), '🙂'.repeat(32)])(
    'are looked up by the longest id in any script: %s',
    async (userId) => {
      const { first } = setting();
      await first.mint({ userId, platformId: 1 });
      const answer = await first.send('GET', `/v1/im/users/${encodeURIComponent(userId)}`);

      expect(answer.json()).toMatchObject({ userId, status: 'active' });
    },
  );

  test('exist from their first login on, not before it', async () => {
    const { first } = setting();
    const get = () => first.send('GET', '/v1/im/users/yan');

    expect(problemOf(await get())).toMatchObject({ status: 404, code: 'user_unknown' });
    await first.mint({ userId: 'yan', platformId: 1 });
    expect((await get()).json()).toMatchObject({ userId: 'yan', status: 'active', nickname: '' });
  });

  test('are changed in what is named, and in nothing else', async () => {
    const { first, other } = setting();
    await first.mint({ userId: 'xia', platformId: 1 });
    const patch = (changes: object) => first.send('PATCH', '/v1/im/users/xia', changes);

    expect((await patch({ nickname: 'Xia' })).json()).toMatchObject({ nickname: 'Xia', role: '' });
    expect((await patch({ role: 'vip' })).json()).toMatchObject({ nickname: 'Xia', role: 'vip' });
    expect((await other.send('GET', '/v1/im/users/xia')).json()).toEqual({
      ...{ userId: 'xia', status: 'active', role: 'vip', nickname: 'Xia', faceUrl: '' },
    });
    const unknown = await first.send('PATCH', '/v1/im/users/nobody', { role: 'vip' });
    expect(problemOf(unknown)).toMatchObject({ status: 404, code: 'user_unknown' });
  });

  test('are cut off at once while suspended, on every platform, and get no token', async () => {
    const { first, fleet } = setting();
    const im = new OpenimClient(fleet.first.url);
    const admin = await im.admin(fleet.appSecret);
    const [phone, web] = [await im.mint(admin, 'wim', 1), await im.mint(admin, 'wim', 5)];
    await first.change('wim', { status: 'suspended' });

    expect([await im.codeOf(phone), await im.codeOf(web)]).toEqual([1506, 1506]);
    expect(await im.getUserToken(admin, 'wim', 1)).toMatchObject({ errCode: 1002 });
    const refused = await first.send('POST', '/v1/im/tokens', { userId: 'wim', platformId: 1 });
    expect(problemOf(refused)).toMatchObject({ status: 403, code: 'user_suspended' });

    await first.change('wim', { status: 'active' });
    expect([await im.codeOf(phone), await im.codeOf(web)]).toEqual([0, 0]);
    expect((await im.getUserToken(admin, 'wim', 2)).errCode).toBe(0);
  });

  test('are read and changed with the scope for it only', async () => {
    const { fleet } = setting();
    const withScope = async (scope: string) =>
      new NativeClient(
        fleet.first.url,
        await adminToken(fleet.first.url, fleet.appSecret, 'default', scope),
      );
    const [reader, writer] = [await withScope('im:users:read'), await withScope('im:users:write')];

    const change = await reader.send('PATCH', '/v1/im/users/xia', { role: 'vip' });
    const look = await writer.send('GET', '/v1/im/users/xia');
    expect(problemOf(change)).toMatchObject({ status: 403, code: 'insufficient_scope' });
    expect(problemOf(look)).toMatchObject({ status: 403, code: 'insufficient_scope' });
  });
}
