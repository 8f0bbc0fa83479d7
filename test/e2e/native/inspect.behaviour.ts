import { expect, test } from 'vitest';
import { NativeClient } from '../../support/broker-native.js';
import { adminToken } from '../../support/broker-oauth2.js';
import { OpenimClient } from '../../support/broker-openim.js';
import { pollUntil } from '../../support/broker-poll.js';
import type { NativeSetting } from './native-setting.js';

const TIME = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z$/) as string;

export function inspectBehaviour(setting: NativeSetting): void {
  test('tells all about a token that works', async () => {
    const { first, other } = setting();
    const minted = await first.mint({ userId: 'inspected ann', platformId: 9, deviceId: 'pad' });
    const [header = ''] = minted.token.split('.');
    const { kid } = JSON.parse(Buffer.from(header, 'base64url').toString('utf8')) as {
      kid: string;
    };

    expect(await other.inspect(minted.token)).toEqual({
      status: 'active',
      active: true,
      userId: 'inspected ann',
      platformId: 9,
      sessionId: minted.sessionId,
      deviceId: 'pad',
      issuedAt: TIME,
      expiresAt: minted.expiresAt,
      keyId: kid,
      causes: [],
    });
  });

  test.each([
    ['no token at all', 'malformed', (_: string) => ''],
    ['a text', 'malformed', (_: string) => 'not a token'],
    ['a changed payload', 'bad_signature', withOtherUser],
    [
      'a key that there is not',
      'unknown_key',
      (token: string) => withKey(token, 'no-such-key-0123'),
    ],
  ])('of %s it says %s and nothing else', async (_what, status, spoil) => {
    const { first } = setting();
    const { token } = await first.mint({ userId: 'inspected bob', platformId: 1 });

    const explained = await first.inspect(spoil(token));
    expect(explained).toMatchObject({ status, active: false, causes: [{ type: status }] });
    expect(Object.keys(explained)).toEqual(['status', 'active', 'causes']);
  });

  test('an admin token is no user token', async () => {
    const { first } = setting();

    expect(await first.inspect(first.token ?? '')).toMatchObject({
      active: false,
      causes: [{ type: 'wrong_app' }],
    });
  });

  test('a kicked session names the newcomer', async () => {
    const { first } = setting();
    const old = await first.mint({ userId: 'inspected cyd', platformId: 1 });
    const newcomer = await first.mint({ userId: 'inspected cyd', platformId: 1 });

    expect(await first.inspect(old.token)).toMatchObject({
      ...{ status: 'kicked', active: false, sessionId: old.sessionId },
      causes: [
        {
          type: 'kicked',
          by: newcomer.sessionId,
          byPlatformId: newcomer.platformId,
          byDeviceId: newcomer.deviceId ?? '',
          at: TIME,
        },
      ],
    });
  });

  test('a replaced session names the new login of the device', async () => {
    const { first } = setting();
    const phone = { userId: 'inspected dan', platformId: 1, deviceId: 'phone' };
    const old = await first.mint(phone);
    const again = await first.mint(phone);

    expect(await first.inspect(old.token)).toMatchObject({
      status: 'replaced',
      causes: [
        {
          type: 'replaced',
          by: again.sessionId,
          byPlatformId: again.platformId,
          byDeviceId: again.deviceId ?? '',
          at: TIME,
        },
      ],
    });
  });

  test('a session that was logged out names who did it, when and why', async () => {
    const { first, fleet } = setting();
    const { token } = await first.mint({ userId: 'inspected eve', platformId: 1 });
    const im = new OpenimClient(fleet.first.url);
    await im.forceLogout(await im.admin(fleet.appSecret), 'inspected eve', 1);

    const revocationId = expect.stringMatching(/^rev_/) as string;
    expect(await first.inspect(token)).toMatchObject({
      status: 'revoked',
      causes: [
        {
          type: 'revoked',
          revocationId,
          target: 'platform',
          by: 'imAdmin',
          at: TIME,
          reason: 'force_logout',
        },
      ],
    });
  });

  test('a user who is suspended and has another role has both as causes, the suspension first', async () => {
    const { first } = setting();
    const { token } = await first.mint({ userId: 'inspected fay', platformId: 1 });
    await first.change('inspected fay', { role: 'vip' });
    expect(await first.inspect(token)).toMatchObject({
      status: 'superseded',
      causes: [{ type: 'superseded', role: 'vip' }],
    });
    await first.change('inspected fay', { status: 'suspended' });

    expect(await first.inspect(token)).toMatchObject({
      status: 'user_suspended',
      causes: [{ type: 'user_suspended' }, { type: 'superseded', role: 'vip' }],
    });
  });

  test('a session that was logged out and then kicked counts as revoked, with both causes', async () => {
    const { first, fleet } = setting();
    const old = await first.mint({ userId: 'inspected gus', platformId: 1 });
    const im = new OpenimClient(fleet.first.url);
    await im.forceLogout(await im.admin(fleet.appSecret), 'inspected gus', 1);
    await first.mint({ userId: 'inspected gus', platformId: 1 });

    const explained = await first.inspect(old.token);
    expect(explained.status).toBe('revoked');
    expect(explained.causes.map(({ type }) => type)).toEqual(['revoked', 'kicked']);
  });

  test('an expired token says so, whatever else is wrong with it', async () => {
    const { first } = setting();
    const { token, expiresAt } = await first.mint({
      userId: 'inspected hal',
      platformId: 1,
      ttlSeconds: 1,
    });
    await first.change('inspected hal', { status: 'suspended' });
    await pollUntil(3000, async () => (await first.inspect(token)).status === 'expired');

    expect(await first.inspect(token)).toMatchObject({
      ...{ status: 'expired', userId: 'inspected hal', expiresAt },
      causes: [
        { type: 'expired', at: expiresAt, secondsAgo: expect.any(Number) as number },
        { type: 'user_suspended' },
      ],
    });
  });

  test('of another app’s token it says that and nothing else', async () => {
    const { first, fleet } = setting();
    const { secret } = await first.createApp('inspecting');
    const token = await adminToken(fleet.other.url, secret.secret, 'inspecting');
    const theirs = await new NativeClient(fleet.other.url, token).mint({
      ...{ userId: 'inspected ida', platformId: 1 },
    });

    expect(await first.inspect(theirs.token)).toEqual({
      ...{ status: 'wrong_app', active: false, causes: [{ type: 'wrong_app' }] },
    });
  });
}

function withOtherUser(token: string): string {
  const [header, payload = '', signature] = token.split('.');
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) as object;
  const changed = Buffer.from(
    JSON.stringify({ ...claims, sub: 'inspected eve', UserID: 'inspected eve' }),
  );
  return [header, changed.toString('base64url'), signature].join('.');
}

function withKey(token: string, kid: string): string {
  const [header = '', ...rest] = token.split('.');
  const fields = JSON.parse(Buffer.from(header, 'base64url').toString('utf8')) as object;
  const changed = Buffer.from(JSON.stringify({ ...fields, kid })).toString('base64url');
  return [changed, ...rest].join('.');
}
