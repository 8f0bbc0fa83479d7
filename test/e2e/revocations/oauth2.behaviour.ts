import { expect, test } from 'vitest';
import type { Answer } from '../../support/broker-http.js';
import { send } from '../../support/broker-http.js';
import { claimsOf } from '../native/claims-of.js';
import { type RevocationsSetting, statusesOf } from './revocations-setting.js';

export function oauth2Behaviour(setting: RevocationsSetting): void {
  const call = (
    path: string,
    fields: Readonly<Record<string, string>>,
    authorization?: string,
  ): Promise<Answer> => {
    const { fleet } = setting();
    const basic = Buffer.from(`default:${fleet.appSecret}`).toString('base64');
    return send(`${fleet.other.url}/oauth2/${path}`, {
      method: 'POST',
      headers: {
        'Content-Type': 'application/x-www-form-urlencoded',
        Authorization: authorization ?? `Basic ${basic}`,
      },
      body: new URLSearchParams(fields).toString(),
    });
  };

  test('a token that works is told with what it says', async () => {
    const { first } = setting();
    const minted = await first.mint({ userId: 'introspected', platformId: 2, deviceId: 'd' });
    const claims = claimsOf(minted.token);
    const expected = {
      active: true,
      token_type: 'Bearer',
      client_id: 'default',
      scope: 'im:connect im:renew',
      sub: 'introspected',
      aud: 'default',
      iss: claims['iss'],
      jti: claims['jti'],
      iat: claims['iat'],
      exp: claims['exp'],
      sid: minted.sessionId,
      platform_id: 2,
      device_id: 'd',
    };

    const bySecret = await call('introspect', { token: minted.token, token_type_hint: 'nonsense' });
    expect(bySecret.json()).toEqual(expected);
    expect(bySecret.headers['cache-control']).toBe('no-store');
    const byToken = await call('introspect', { token: minted.token }, `Bearer ${first.token}`);
    expect(byToken.json()).toEqual(expected);
    const admin = await call('introspect', { token: first.token ?? '' });
    expect(admin.json()).toMatchObject({ active: true, client_id: 'default', sub: 'default' });
  });

  test('of one that does not work nothing else is told', async () => {
    const { first, tenant } = setting();
    const revoked = await first.mint({ userId: 'inactive', platformId: 1 });
    await first.revoke({ type: 'user', userId: 'inactive' });
    const foreign = await tenant.mint({ userId: 'foreign', platformId: 1 });
    const tokens = [revoked.token, foreign.token, tenant.token ?? '', 'a.b.c', 'nonsense'];
    for (const token of tokens) {
      const answer = await call('introspect', { token });
      expect([answer.status, answer.text]).toEqual([200, '{"active":false}']);
    }
  });

  test('revoking a token ends its session', async () => {
    const { first } = setting();
    const minted = await first.mint({ userId: 'revoked by oauth', platformId: 1 });

    const answer = await call('revoke', { token: minted.token });

    expect([answer.status, answer.text]).toEqual([200, '']);
    expect(await statusesOf(first, [minted])).toEqual(['revoked']);
    expect((await call('revoke', { token: minted.token })).status).toBe(200);
  });

  test('revoking what is not the app’s is answered alike, and does nothing', async () => {
    const { tenant } = setting();
    const foreign = await tenant.mint({ userId: 'untouched', platformId: 1 });
    for (const token of [foreign.token, 'a.b.c', 'nonsense', tenant.token ?? '']) {
      const answer = await call('revoke', { token });
      expect([answer.status, answer.text]).toEqual([200, '']);
    }
    expect(await statusesOf(tenant, [foreign])).toEqual(['active']);
  });

  test('an admin token is of a type that is not revoked by itself', async () => {
    const answer = await call('revoke', { token: setting().first.token ?? '' });
    expect([answer.status, answer.json<{ error: string }>().error]).toEqual([
      400,
      'unsupported_token_type',
    ]);
  });

  test.each(['introspect', 'revoke'])('%s wants a token and credentials', async (path) => {
    expect((await call(path, {})).json()).toMatchObject({ error: 'invalid_request' });
    const wrong = `Basic ${Buffer.from('default:wrong').toString('base64')}`;
    for (const authorization of [wrong, 'Basic ?', 'Digest x']) {
      const answer = await call(path, { token: 'x' }, authorization);
      expect([answer.status, answer.json<{ error: string }>().error]).toEqual([
        401,
        'invalid_client',
      ]);
    }
  });
}
