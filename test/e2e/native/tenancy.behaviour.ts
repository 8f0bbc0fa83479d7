import { expect, test } from 'vitest';
import { type Minted, NativeClient, problemOf } from '../../support/broker-native.js';
import { adminToken, type OAuthError, requestToken } from '../../support/broker-oauth2.js';
import type { NativeSetting } from './native-setting.js';

export function tenancyBehaviour(setting: NativeSetting): void {
  let made: Promise<{ tenant: NativeClient; mine: Minted; secret: string }> | undefined;

  /** An app, its admin at the other broker, and a token of a user that the app `default` has, too. */
  const tenancy = () =>
    (made ??= (async () => {
      const { first, fleet } = setting();
      const { secret } = await first.createApp('neighbour');
      const token = await adminToken(fleet.other.url, secret.secret, 'neighbour');
      const mine = await first.mint({ userId: 'vic', platformId: 1 });
      return { tenant: new NativeClient(fleet.other.url, token), mine, secret: secret.secret };
    })());

  test('another app’s users are as if they did not exist', async () => {
    const { tenant } = await tenancy();
    const look = await tenant.send('GET', '/v1/im/users/vic');
    const change = await tenant.send('PATCH', '/v1/im/users/vic', { status: 'suspended' });
    const nobody = await tenant.send('GET', '/v1/im/users/nobody');

    expect(problemOf(look)).toMatchObject({ status: 404, code: 'user_unknown' });
    expect(problemOf(change)).toMatchObject({ status: 404, code: 'user_unknown' });
    expect(problemOf(nobody)).toEqual(problemOf(look));
  });

  test('another app’s tokens tell nothing', async () => {
    const { tenant, mine } = await tenancy();

    expect(await tenant.inspect(mine.token)).toEqual({
      ...{ status: 'wrong_app', active: false, causes: [{ type: 'wrong_app' }] },
    });
  });

  test('the same user id is another user, whom the other’s logins and suspension leave alone', async () => {
    const { first } = setting();
    const { tenant, mine } = await tenancy();
    const theirs = await tenant.mint({ userId: 'vic', platformId: 1 });
    await tenant.change('vic', { status: 'suspended', role: 'vip' });

    expect(theirs.kicked).toEqual([]);
    expect((await first.inspect(mine.token)).status).toBe('active');
    expect((await tenant.inspect(theirs.token)).status).toBe('user_suspended');
  });

  test.each([
    ['GET', '/v1/apps', undefined],
    ['POST', '/v1/apps', { id: 'mine' }],
    ['POST', '/v1/apps/neighbour/secrets', {}],
    ['POST', '/v1/apps/default/secrets', {}],
    ['DELETE', '/v1/apps/default/secrets/sec_1', undefined],
  ])('%s %s is for the operator only', async (method, path, body) => {
    const { tenant } = await tenancy();
    const answer = await tenant.send(method, path, body);

    expect(problemOf(answer)).toMatchObject({ status: 403, code: 'insufficient_scope' });
  });

  test('the operator’s scope can neither be asked for nor be given to another app', async () => {
    const { first, fleet } = setting();
    const { secret } = await tenancy();
    const asked = await requestToken(fleet.other.url, 'neighbour', secret, { scope: 'apps:write' });
    const given = await first.send('POST', '/v1/apps', { id: 'grasping', scopes: ['apps:write'] });
    const later = await first.send('POST', '/v1/apps/neighbour/secrets', {
      scopes: ['im:tokens:mint', 'apps:write'],
    });

    expect(asked.status).toBe(400);
    expect(asked.json<OAuthError>().error).toBe('invalid_scope');
    expect(problemOf(given)).toMatchObject({ status: 400, code: 'invalid_scope' });
    expect(problemOf(later)).toMatchObject({ status: 400, code: 'invalid_scope' });
  });

  test('an app’s secrets: a second beside the first, no third, never the last one gone', async () => {
    const { first, fleet } = setting();
    const { secret } = await first.createApp('two-secrets');
    const path = '/v1/apps/two-secrets/secrets';
    const second = (await first.send('POST', path, { scopes: ['im:users:read'] })).json<{
      id: string;
      secret: string;
      scopes: string[];
    }>();
    const third = await first.send('POST', path, {});
    const gone = await first.send('DELETE', `${path}/${secret.id}`);
    const again = await first.send('DELETE', `${path}/${secret.id}`);
    const last = await first.send('DELETE', `${path}/${second.id}`);
    const unknown = await first.send('DELETE', `${path}/sec_unknown`);
    const foreign = await first.send('DELETE', `/v1/apps/default/secrets/${second.id}`);

    expect(second.scopes).toEqual(['im:users:read']);
    expect(problemOf(third)).toMatchObject({ status: 409, code: 'secret_limit' });
    expect([gone.status, again.status]).toEqual([204, 204]);
    expect(problemOf(last)).toMatchObject({ status: 409, code: 'secret_limit' });
    expect(problemOf(unknown)).toMatchObject({ status: 404, code: 'secret_unknown' });
    expect(problemOf(foreign)).toMatchObject({ status: 404, code: 'secret_unknown' });
    const limited = new NativeClient(
      fleet.other.url,
      await adminToken(fleet.other.url, second.secret, 'two-secrets'),
    );
    const mint = await limited.send('POST', '/v1/im/tokens', { userId: 'ute', platformId: 1 });
    expect(problemOf(mint)).toMatchObject({ status: 403, code: 'insufficient_scope' });
  });

  test('apps are listed without their secrets, and made once', async () => {
    const { first } = setting();
    const { secret } = await first.createApp('listed', { multiLoginPolicy: 4 });
    const again = await first.send('POST', '/v1/apps', { id: 'listed' });
    const list = await first.send('GET', '/v1/apps');

    expect(problemOf(again)).toMatchObject({ status: 409, code: 'app_exists' });
    const { apps } = list.json<{ apps: { id: string }[] }>();
    expect(apps.map(({ id }) => id)).toEqual(expect.arrayContaining(['default', 'listed']));
    expect(list.text).not.toContain(secret.secret);
    expect(apps.find(({ id }) => id === 'listed')).toEqual({
      id: 'listed',
      name: 'listed',
      settings: { multiLoginPolicy: 4 },
      createdAt: expect.any(String) as string,
    });
  });
}
