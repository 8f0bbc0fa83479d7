import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Fleet, PROFILES, startFleet } from '../../support/broker-fleet.js';
import { NativeClient } from '../../support/broker-native.js';
import { adminToken } from '../../support/broker-oauth2.js';
import { type Envelope, OpenimClient } from '../../support/broker-openim.js';

const WEEK = 7 * 86_400;

interface AccountStatus {
  readonly userID: string;
  readonly accountStatus: number;
}

/** A user as openimsdk/chat registers one: the whole of its UserInfo, zero values and all. */
function userInfo(userID: string) {
  const zeros = { createTime: 0, appMangerLevel: 0, globalRecvMsgOpt: 0 };
  return { userID, nickname: `The ${userID}`, faceURL: '', ex: '', ...zeros };
}

describe.each(PROFILES)('a business server written for OpenIM, on the %s profile', (profile) => {
  let fleet: Fleet;
  beforeAll(async () => {
    fleet = await startFleet(profile);
  });
  afterAll(() => fleet?.stop());

  /** A business server, with all that it has to be told: where the broker is, and its secret. */
  interface Installation {
    readonly im: OpenimClient;
    readonly secret: string;
  }

  const installations: [string, () => Promise<Installation>][] = [
    [
      'at the base URL',
      async () => ({ im: new OpenimClient(fleet.first.url), secret: fleet.appSecret }),
    ],
    [
      'under /apps/{appId}',
      async () => {
        const operator = new NativeClient(
          fleet.first.url,
          await adminToken(fleet.first.url, fleet.appSecret),
        );
        const id = 'tenant-one';
        const { secret } = await operator.createApp(id, { adminUserIds: ['imAdmin'] });
        return { im: new OpenimClient(fleet.other.url, `/apps/${id}`), secret: secret.secret };
      },
    ],
  ];

  describe.each(installations)('%s', (_place, install) => {
    let im: OpenimClient;
    let secret: string;
    let admin: string;
    beforeAll(async () => {
      ({ im, secret } = await install());
      admin = await im.admin(secret);
    });

    test('gets an admin token that outlives the four minutes for which it caches it', async () => {
      const { errCode, errMsg, errDlt, data } = await im.getAdminToken(secret);

      expect({ errCode, errMsg, errDlt }).toEqual({ errCode: 0, errMsg: '', errDlt: '' });
      expect(data?.expireTimeSeconds).toBeGreaterThan(240);
      expect(data?.token).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/);
    });

    test('registers users, once, and sees who is registered', async () => {
      const users = [userInfo('ann'), userInfo('bob')];
      const check = (...checkUserIDs: string[]) =>
        im.call<{ results: AccountStatus[] }>('/user/account_check', { checkUserIDs }, admin);

      const registered = await im.call('/user/user_register', { secret: '', users }, admin);
      const again = await im.call('/user/user_register', { users: [userInfo('bob')] }, admin);
      const partly = { users: [userInfo('cyd'), userInfo('ann')] };
      const half = await im.call('/user/user_register', partly, admin);

      expect(registered).toEqual({ errCode: 0, errMsg: '', errDlt: '', data: {} });
      expect(again).toMatchObject({ errCode: 1102, errMsg: 'RegisteredAlreadyError' });
      expect(half.errCode).toBe(1102);
      expect((await check('bob', 'nobody', 'cyd', 'ann')).data?.results).toEqual([
        { userID: 'bob', accountStatus: 1 },
        { userID: 'nobody', accountStatus: 0 },
        { userID: 'cyd', accountStatus: 0 },
        { userID: 'ann', accountStatus: 1 },
      ]);
    });

    test('gets a user token, whose owner and expiry anyone can ask for', async () => {
      const before = Math.floor(Date.now() / 1000);
      const { data } = await im.getUserToken(admin, 'dan', 2);
      const parsed = await im.parseToken(data?.token ?? '');
      const after = Math.ceil(Date.now() / 1000);

      expect(data?.expireTimeSeconds).toBe(WEEK);
      expect(parsed).toMatchObject({ errCode: 0, data: { userID: 'dan', platformID: 2 } });
      expect(parsed.data?.expireTimeSeconds).toBeGreaterThanOrEqual(before + WEEK);
      expect(parsed.data?.expireTimeSeconds).toBeLessThanOrEqual(after + WEEK);
    });

    test('may have its own admin token parsed, too', async () => {
      const parsed = await im.parseToken(admin);

      expect(parsed.data).toMatchObject({ userID: 'imAdmin', platformID: 10 });
    });

    test('logs a user out on one platform, as often as it likes, and not on another', async () => {
      const phone = await im.mint(admin, 'eve', 1);
      const web = await im.mint(admin, 'eve', 5);

      expect(await im.forceLogout(admin, 'eve', 1)).toEqual({
        ...{ errCode: 0, errMsg: '', errDlt: '', data: {} },
      });
      expect(await im.parseToken(phone)).toMatchObject({
        errCode: 1506,
        errMsg: 'TokenKickedError',
      });
      expect(await im.codeOf(web)).toBe(0);
      expect((await im.forceLogout(admin, 'eve', 1)).errCode).toBe(0);
    });

    test('logs somebody off everywhere by going through all platforms, the admin’s included', async () => {
      const tokens = await Promise.all([1, 3, 5, 11].map((id) => im.mint(admin, 'fay', id)));
      const codes: number[] = [];
      for (const id of [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]) {
        codes.push((await im.forceLogout(admin, 'fay', id)).errCode);
      }

      expect(codes).toEqual(Array.from({ length: 11 }, () => 0));
      expect(await Promise.all(tokens.map((token) => im.codeOf(token)))).toEqual([
        ...[1506, 1506, 1506, 1506],
      ]);
    });

    test('has an older session on the same platform kicked by a new login', async () => {
      const older = await im.mint(admin, 'gus', 1);
      const elsewhere = await im.mint(admin, 'gus', 2);
      const newer = await im.mint(admin, 'gus', 1);

      expect(await im.codeOf(older)).toBe(1506);
      expect(await im.codeOf(elsewhere)).toBe(0);
      expect(await im.codeOf(newer)).toBe(0);
    });

    test('asks who is online, in its own order, with an admin’s or a user’s token', async () => {
      const ask = (token: string) =>
        im.call('/user/get_users_online_status', { userIDs: ['hal', 'ida'] }, token);
      const offline = ['hal', 'ida'].map((userID) => {
        return { userID, status: 0, detailPlatformStatus: [] };
      });

      expect(await ask(admin)).toMatchObject({ errCode: 0, data: offline });
      expect(await ask(await im.mint(admin, 'hal'))).toMatchObject({ errCode: 0, data: offline });
    });

    test('keeps its older admin tokens when it gets another', async () => {
      const [one, two] = [await im.admin(secret), await im.admin(secret)];

      expect((await im.getUserToken(one, 'jon')).errCode).toBe(0);
      expect((await im.getUserToken(two, 'jon')).errCode).toBe(0);
    });

    const refusals: [string, () => Promise<Envelope>, number, string][] = [
      ['with a wrong secret', () => im.getAdminToken(`${secret}x`), 1002, 'NoPermissionError'],
      ['for an id that is no admin’s', () => im.getAdminToken(secret, 'joe'), 1001, 'ArgsError'],
      [
        'with a wrong secret first, and a wrong id second',
        () => im.getAdminToken('x', 'joe'),
        1002,
        'NoPermissionError',
      ],
      [
        'minting for the admin’s platform',
        () => im.getUserToken(admin, 'kim', 10),
        1002,
        'NoPermissionError',
      ],
      [
        'minting for an admin',
        () => im.getUserToken(admin, 'imAdmin', 1),
        1002,
        'NoPermissionError',
      ],
      ['a platform that there is not', () => im.getUserToken(admin, 'kim', 12), 1001, 'ArgsError'],
      [
        'a call without a token',
        () => im.call('/auth/get_user_token', { platformID: 1, userID: 'kim' }),
        1001,
        'ArgsError',
      ],
    ];

    test.each(refusals)('is refused %s', async (_what, call, errCode, errMsg) => {
      const answer = await call();

      expect(answer).toMatchObject({ errCode, errMsg });
      expect(answer).not.toHaveProperty('data');
      expect(answer.errDlt).not.toBe('');
    });

    test('is told which header it forgot', async () => {
      const mint = { platformID: 1, userID: 'kim' };
      const noOperation = await im.send('/auth/get_user_token', mint, {
        Token: admin,
        Operationid: '',
      });
      const noToken = await im.call('/auth/get_user_token', mint);

      expect(noOperation.json()).toMatchObject({
        errCode: 1001,
        errDlt: expect.stringContaining('header must have operationID') as string,
      });
      expect(noToken.errDlt).toContain('header must have token');
    });

    test('cannot use a user’s token as an admin’s', async () => {
      const user = await im.mint(admin, 'lea');

      expect(await im.getUserToken(user, 'mia')).toMatchObject({ errCode: 1002 });
      expect(await im.forceLogout(user, 'lea')).toMatchObject({ errCode: 1002 });
    });
  });

  test('a browser of any origin may call', async () => {
    const answer = await fetch(`${fleet.first.url}/auth/parse_token`, {
      method: 'OPTIONS',
      headers: {
        origin: 'https://chat.example',
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'token,operationid',
      },
    });

    expect(answer.ok).toBe(true);
    expect(answer.headers.get('access-control-allow-origin')).toBe('*');
    const allowed = answer.headers.get('access-control-allow-headers')?.toLowerCase() ?? '';
    expect(allowed.split(/, */)).toEqual(expect.arrayContaining(['token', 'operationid']));
  });

  test('apps are apart: neither tokens nor users nor admins of one mean anything to another', async () => {
    const operator = new NativeClient(
      fleet.first.url,
      await adminToken(fleet.first.url, fleet.appSecret),
    );
    const made = await operator.createApp('tenant-two', { adminUserIds: ['boss'] });
    const tenant = new OpenimClient(fleet.other.url, '/apps/tenant-two');
    const main = new OpenimClient(fleet.other.url);
    const boss = await tenant.admin(made.secret.secret, 'boss');
    const token = await tenant.mint(boss, 'nan');
    const mainAdmin = await main.admin(fleet.appSecret);

    expect((await tenant.parseToken(token)).errCode).toBe(0);
    expect((await main.parseToken(token)).errCode).toBe(1502);
    expect((await main.parseToken(boss)).errCode).toBe(1502);
    expect((await main.getUserToken(boss, 'nan')).errCode).toBe(1502);
    expect((await tenant.getUserToken(mainAdmin, 'nan')).errCode).toBe(1502);
    expect((await main.getAdminToken(made.secret.secret, 'imAdmin')).errCode).toBe(1002);
    const { data } = await main.call<{ results: AccountStatus[] }>(
      '/user/account_check',
      { checkUserIDs: ['nan'] },
      mainAdmin,
    );
    expect(data?.results[0]?.accountStatus).toBe(0);
    await main.forceLogout(mainAdmin, 'nan');
    expect((await tenant.parseToken(token)).errCode).toBe(0);
    expect(
      (await new OpenimClient(fleet.first.url, '/apps/no-app').getAdminToken('x')).errCode,
    ).toBe(1004);
  });
});
