import { beforeAll, describe, expect, test } from 'vitest';
import { BusinessClient, PASSWORD, type Tokens } from '../../support/broker-business.js';
import { send } from '../../support/broker-http.js';
import { NativeClient, problemOf } from '../../support/broker-native.js';
import { adminToken } from '../../support/broker-oauth2.js';
import { OpenimClient } from '../../support/broker-openim.js';
import { ledgerRows } from '../../support/ledger-rows.js';
import { asOperator } from '../../support/operator.js';
import { type BusinessSetting, newName, newPerson, statusesOf } from './business-setting.js';

/** Calls that want a business access token. */
const OF_PERSONS: readonly [method: string, path: string, body?: unknown][] = [
  ['GET', '/v1/auth/sessions'],
  ['DELETE', '/v1/auth/sessions/bs_x'],
  ['POST', '/v1/auth/logout'],
  ['POST', '/v1/auth/logout-all'],
  ['POST', '/v1/auth/step-up', { password: PASSWORD }],
  ['POST', '/v1/auth/password', { currentPassword: PASSWORD, newPassword: PASSWORD }],
  ['POST', '/v1/auth/mfa/totp'],
  ['POST', '/v1/auth/mfa/totp/confirm', { code: '123456' }],
  ['DELETE', '/v1/auth/mfa/totp'],
  ['POST', '/v1/me/im-token', { platformId: 1 }],
  ['POST', '/v1/me/admin-token', { scope: 'im:tokens:mint' }],
];

/** Calls that want an admin token. */
const OF_ADMINS: readonly [method: string, path: string, body?: unknown][] = [
  ['POST', '/v1/im/tokens', { userId: 'u', platformId: 1 }],
  ['POST', '/v1/im/tokens/batch', { requests: [{ userId: 'u', platformId: 1 }] }],
  ['POST', '/v1/im/tokens/inspect', { token: 'x' }],
  ['PATCH', '/v1/im/users/u', { status: 'active' }],
  ['POST', '/v1/revocations', { target: { type: 'user', userId: 'u' } }],
  ['GET', '/v1/revocations'],
  ['GET', '/v1/keys'],
  ['POST', '/v1/keys/rotate'],
  ['GET', '/v1/apps'],
  ['POST', '/v1/apps', { id: 'of-a-person' }],
  ['POST', '/v1/apps/default/secrets', {}],
];

const OF_OPENIM_ADMINS: readonly [path: string, body: unknown][] = [
  ['/auth/get_user_token', { userID: 'u', platformID: 1 }],
  ['/auth/force_logout', { userID: 'u', platformID: 1 }],
  ['/user/user_register', { users: [{ userID: 'u', nickname: '', faceURL: '' }] }],
  ['/user/account_check', { checkUserIDs: ['u'] }],
  ['/user/get_users_online_status', { userIDs: ['u'] }],
];

interface Kinds {
  readonly tokens: Tokens;
  readonly user: string;
  readonly admin: string;
  readonly mfaToken: string;
  /** A person's own. */
  readonly ownAdmin: string;
}

/** Business access tokens, user tokens, admin tokens: signed by the same keys, and not alike. */
export function tokenKindsBehaviour(setting: BusinessSetting): void {
  let kinds: Kinds;
  beforeAll(async () => {
    const { web, fleet } = setting();
    const { tokens } = await newPerson(web);
    const operator = await newPerson(web, 'operator');
    const account = { appId: 'default', accountId: operator.tokens.userId };
    await asOperator(fleet, ({ manageAccounts }) =>
      manageAccounts.grant(account, ['im:users:read'], 'test'),
    );
    const own = await web.send(
      'POST',
      '/v1/me/admin-token',
      { scope: 'im:users:read' },
      operator.tokens.accessToken,
    );
    kinds = {
      tokens,
      user: (await web.exchange(tokens.accessToken)).token,
      admin: await adminToken(web.url, fleet.appSecret),
      mfaToken: 'mfa_something',
      ownAdmin: own.json<{ token: string }>().token,
    };
  });

  test('none but an access token is taken for a person’s', async () => {
    const { web, elsewhere } = setting();
    const { tokens, user, admin, ownAdmin, mfaToken } = kinds;
    for (const client of [web, elsewhere]) {
      for (const [method, path, body] of OF_PERSONS) {
        for (const token of [user, admin, ownAdmin]) {
          const answer = await client.send(method, path, body, token);
          expect(problemOf(answer), path).toMatchObject({ status: 401, code: 'token_wrong_app' });
        }
        for (const token of [tokens.refreshToken, mfaToken]) {
          const answer = await client.send(method, path, body, token);
          expect(problemOf(answer), path).toMatchObject({ status: 401, code: 'token_malformed' });
        }
      }
    }
    expect(await web.sessions(tokens.accessToken)).toHaveLength(1);
  });

  test('an access token is no admin token, in either dialect', async () => {
    const { tokens } = kinds;
    for (const { url } of setting().fleet.brokers) {
      const native = new NativeClient(url, tokens.accessToken);
      for (const [method, path, body] of OF_ADMINS) {
        const answer = await native.send(method, path, body);
        expect([401, 403], path).toContain(problemOf(answer).status);
      }
      const openim = new OpenimClient(url);
      for (const [path, body] of OF_OPENIM_ADMINS) {
        const { errCode } = await openim.call(path, body, tokens.accessToken);
        expect(errCode, path).toBe(1503);
      }
    }
  });

  test('nor a user token: it is not parsed, renewed or active', async () => {
    const { tokens } = kinds;
    const business = setting();
    for (const { url } of business.fleet.brokers) {
      expect(await new OpenimClient(url).codeOf(tokens.accessToken)).toBe(1503);
      const renewed = await new NativeClient(url, tokens.accessToken).renew();
      expect(problemOf(renewed)).toMatchObject({ status: 401, code: 'token_malformed' });
    }
    expect(await statusesOf(business, tokens.accessToken)).toEqual(['malformed']);
  });

  test('what is exchanged is an access token, and nothing else', async () => {
    const { web, fleet } = setting();
    const { tokens, user, admin, ownAdmin } = kinds;
    const basic = Buffer.from(`default:${fleet.appSecret}`).toString('base64');
    for (const headers of [undefined, { Authorization: `Basic ${basic}` }]) {
      for (const token of [user, admin, ownAdmin, tokens.refreshToken, 'nonsense', 'a.b.c']) {
        const answer = await web.grantExchange(token, headers);
        expect([answer.status, answer.json<{ error: string }>().error]).toEqual([
          400,
          'invalid_grant',
        ]);
      }
    }
    for (const token of [user, admin, tokens.accessToken]) {
      expect(problemOf(await web.sendRefresh(token)).status).toBeGreaterThanOrEqual(400);
    }
  });

  describe('of another app', () => {
    let foreign: BusinessClient;
    let foreignSecret: string;
    beforeAll(async () => {
      const { web, fleet, operators } = setting();
      const { secret } = await operators[0]!.createApp('neighbour');
      foreignSecret = secret.secret;
      await asOperator(fleet, ({ clients }) =>
        clients.create('neighbour', { id: 'next-door', type: 'public' }, 'test'),
      );
      foreign = new BusinessClient(web.url, { clientId: 'next-door', publicUrl: fleet.issuer });
    });

    test('an access token is exchanged for a user token of its own app only', async () => {
      const { web, elsewhere, fleet } = setting();
      const username = newName();
      await foreign.register({ username, password: PASSWORD });
      const { accessToken } = await foreign.logIn({ username, password: PASSWORD });
      const own = await elsewhere.exchange(accessToken);
      expect(await new OpenimClient(web.url).codeOf(own.token)).toBe(1502);
      expect(await new OpenimClient(web.url, '/apps/neighbour').codeOf(own.token)).toBe(0);

      const basic = (app: string, secret: string) => ({
        Authorization: `Basic ${Buffer.from(`${app}:${secret}`).toString('base64')}`,
      });
      const refused = [
        await web.grantExchange(accessToken),
        await web.grantExchange(accessToken, basic('default', fleet.appSecret)),
        await foreign.grantExchange(kinds.tokens.accessToken),
        await foreign.grantExchange(kinds.tokens.accessToken, basic('neighbour', foreignSecret)),
      ];
      for (const answer of refused) {
        expect([answer.status, answer.json<{ error: string }>().error]).toEqual([
          400,
          'invalid_grant',
        ]);
      }
      const right = await foreign.grantExchange(accessToken, basic('neighbour', foreignSecret));
      expect(right.status).toBe(200);
    });

    test('another client of the same app does not exchange it either', async () => {
      const { web, fleet } = setting();
      await asOperator(fleet, ({ clients }) =>
        clients.create('default', { id: 'bystander', type: 'public' }, 'test'),
      );
      const bystander = new BusinessClient(web.url, { clientId: 'bystander' });
      const answer = await bystander.grantExchange(kinds.tokens.accessToken);
      expect(answer.json()).toMatchObject({ error: 'invalid_grant' });
    });
  });

  describe('a person’s own admin token', () => {
    test('has the scopes that were granted, and no others', async () => {
      const { web, elsewhere } = setting();
      const admin = new NativeClient(elsewhere.url, kinds.ownAdmin);
      const read = await admin.send('GET', `/v1/im/users/${kinds.tokens.userId}`);
      expect(read.status).toBe(200);
      const mint = await admin.send('POST', '/v1/im/tokens', { userId: 'u', platformId: 1 });
      expect(problemOf(mint)).toMatchObject({ status: 403, code: 'insufficient_scope' });
      const asked = await web.send(
        'POST',
        '/v1/me/admin-token',
        { scope: 'im:users:read' },
        kinds.tokens.accessToken,
      );
      expect(problemOf(asked)).toMatchObject({ status: 400, code: 'invalid_scope' });
    });

    test('ends with the business session, everywhere', async () => {
      const { web, elsewhere, fleet } = setting();
      const { tokens } = await newPerson(web);
      const account = { appId: 'default', accountId: tokens.userId };
      await asOperator(fleet, ({ manageAccounts }) =>
        manageAccounts.grant(account, ['im:users:read', 'keys:read'], 'test'),
      );
      const scope = { scope: 'im:users:read keys:read' };
      const got = await web.send('POST', '/v1/me/admin-token', scope, tokens.accessToken);
      const { token } = got.json<{ token: string }>();
      const keys = (url: string) => new NativeClient(url, token).send('GET', '/v1/keys');
      expect((await keys(elsewhere.url)).status).toBe(200);
      const issued = await ledgerRows(
        fleet,
        `select * from audit_events where subject = '${tokens.userId}' and type = 'admin_token.issued'`,
      );
      expect(issued).toMatchObject([{ actor: tokens.userId }]);
      expect(JSON.parse(String(issued[0]?.['detail']))).toEqual({
        ...scope,
        sessionId: tokens.sessionId,
      });

      await web.logOut(tokens.accessToken);

      for (const { url } of fleet.brokers) expect((await keys(url)).status).toBe(401);
    });
  });

  test('without a token, or with one in the wrong place, a person’s calls answer 401', async () => {
    const { web } = setting();
    const { accessToken } = kinds.tokens;
    const headers: Readonly<Record<string, string>>[] = [
      {},
      { Authorization: accessToken },
      { Authorization: `Basic ${accessToken}` },
      { Authorization: `Bearer ${accessToken} ${accessToken}` },
      { Authorization: 'Bearer ' },
      { token: accessToken },
    ];
    for (const [method, path] of OF_PERSONS) {
      for (const shown of headers) {
        const answer = await send(web.url + path, { method, headers: shown });
        expect(problemOf(answer)).toMatchObject({ status: 401, code: 'missing_token' });
        expect(answer.headers['www-authenticate']).toBe('Bearer');
      }
    }
  });
}
