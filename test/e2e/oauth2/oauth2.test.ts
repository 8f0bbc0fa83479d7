import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { send } from '../../support/broker-http.js';
import { type Fleet, PROFILES, startFleet } from '../../support/broker-fleet.js';
import { NativeClient } from '../../support/broker-native.js';
import {
  adminToken,
  type GrantedToken,
  type OAuthError,
  postForm,
  requestToken,
} from '../../support/broker-oauth2.js';
import { OpenimClient } from '../../support/broker-openim.js';

const ALL_SCOPES =
  'im:tokens:mint im:tokens:inspect im:tokens:revoke im:tokens:restore im:users:read im:users:write audit:read apps:write keys:read keys:write';

interface Jwks {
  readonly keys: readonly Readonly<Record<string, unknown>>[];
}

describe.each(PROFILES)('OAuth 2.0, on the %s profile', (profile) => {
  let fleet: Fleet;
  let url: string;
  beforeAll(async () => {
    fleet = await startFleet(profile);
    url = fleet.first.url;
  });
  afterAll(() => fleet?.stop());

  const get = (path: string) => send(fleet.other.url + path, { method: 'GET' });

  describe('client_credentials', () => {
    test('gets an admin token with all that the secret may have', async () => {
      const answer = await requestToken(url, 'default', fleet.appSecret);

      expect(answer.status).toBe(200);
      expect(answer.headers['cache-control']).toContain('no-store');
      expect(answer.json()).toEqual({
        access_token: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/) as string,
        token_type: 'Bearer',
        expires_in: 900,
        scope: ALL_SCOPES,
      });
    });

    test('gets no more than it asks for', async () => {
      const scope = 'im:users:read im:tokens:mint';
      const answer = await requestToken(url, 'default', fleet.appSecret, { scope });
      const { access_token: token, scope: granted } = answer.json<GrantedToken>();
      const client = new NativeClient(fleet.other.url, token);

      expect(granted).toBe(scope);
      expect((await client.mint({ userId: 'ann', platformId: 1 })).userId).toBe('ann');
      expect((await client.send('GET', '/v1/apps')).status).toBe(403);
    });

    test('takes id and secret in the body, too, but not both ways at once', async () => {
      const inBody = { client_id: 'default', client_secret: fleet.appSecret };
      const parameters = { grant_type: 'client_credentials', ...inBody };
      const answer = await postForm(url, parameters);
      const both = await requestToken(url, 'default', fleet.appSecret, inBody);

      expect(answer.status).toBe(200);
      expect(both.status).toBe(400);
      expect(both.json<OAuthError>().error).toBe('invalid_request');
    });

    test('tells nobody which of app and secret was wrong', async () => {
      const answers = await Promise.all([
        requestToken(url, 'default', `${fleet.appSecret}x`),
        requestToken(url, 'no-such-app', fleet.appSecret),
        requestToken(url, '', ''),
        postForm(url, { grant_type: 'client_credentials' }),
        postForm(url, { grant_type: 'client_credentials' }, { Authorization: 'Basic !' }),
        postForm(url, { grant_type: 'client_credentials' }, { Authorization: 'Bearer x' }),
      ]);

      for (const answer of answers) {
        expect(answer.status).toBe(401);
        expect(answer.headers['www-authenticate']).toMatch(/^Basic realm=/);
        expect(answer.json<OAuthError>()).toEqual(answers[0]?.json<OAuthError>());
      }
      expect(answers[0]?.json<OAuthError>().error).toBe('invalid_client');
    });

    test('knows these grants only, and no scope that the secret lacks', async () => {
      const grant = (grant_type: string, more = {}) =>
        requestToken(url, 'default', fleet.appSecret, { grant_type, ...more });
      const errorOf = async (grant_type: string, more = {}) => {
        const answer = await grant(grant_type, more);
        return [answer.status, answer.json<OAuthError>().error];
      };

      expect(await errorOf('password')).toEqual([400, 'unsupported_grant_type']);
      expect(await errorOf('')).toEqual([400, 'unsupported_grant_type']);
      expect(await errorOf('client_credentials', { scope: 'everything' })).toEqual([
        ...[400, 'invalid_scope'],
      ]);
    });
  });

  test('the metadata lead to what is there', async () => {
    const metadata = (await get('/.well-known/oauth-authorization-server')).json<
      Record<string, string>
    >();

    expect(metadata['issuer']).toBe(fleet.issuer);
    expect(metadata['token_endpoint']).toBe(`${fleet.issuer}/oauth2/token`);
    const jwks = await send(metadata['jwks_uri'] ?? '', { method: 'GET' });
    expect(jwks.json<Jwks>().keys.length).toBeGreaterThan(0);
  });

  test('the JWKS hold public keys for ES256, the next one too, for a minute, and nothing private', async () => {
    const answer = await get('/.well-known/jwks.json');
    const { keys } = answer.json<Jwks>();

    expect(answer.headers['cache-control']).toBe('public, max-age=60');
    expect(keys).toHaveLength(2);
    for (const key of keys) {
      expect(Object.keys(key).toSorted()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']);
      expect(key).toMatchObject({ kty: 'EC', crv: 'P-256', alg: 'ES256', use: 'sig' });
    }
  });

  test('anybody verifies a minted token with the JWKS and the issuer alone', async () => {
    const admin = new NativeClient(url, await adminToken(url, fleet.appSecret));
    const minted = await admin.mint({ userId: 'bob', platformId: 3, deviceId: 'desk' });
    const jwks = createRemoteJWKSet(new URL(`${fleet.issuer}/.well-known/jwks.json`));
    const { payload, protectedHeader } = await jwtVerify(minted.token, jwks, {
      ...{ issuer: fleet.issuer, audience: 'default', algorithms: ['ES256'], typ: 'im+jwt' },
    });

    expect(protectedHeader).toEqual({
      alg: 'ES256',
      typ: 'im+jwt',
      kid: expect.any(String) as string,
    });
    expect(payload).toMatchObject({
      ...{ iss: fleet.issuer, aud: 'default', sub: 'bob', sid: minted.sessionId },
      ...{ scope: 'im:connect im:renew', UserID: 'bob', PlatformID: 3 },
    });
    expect(Date.parse(minted.expiresAt) / 1000).toBe(payload.exp);
    await expect(jwtVerify(minted.token, jwks, { audience: 'another' })).rejects.toThrow(/aud/);
  });

  test('every broker signs with the same key', async () => {
    const kids = await Promise.all(
      fleet.brokers.map(async (broker) => {
        const token = await adminToken(broker.url, fleet.appSecret);
        const client = new NativeClient(broker.url, token);
        const minted = await client.mint({ userId: 'cyd', platformId: 1 });
        return decodeProtectedHeader(minted.token).kid;
      }),
    );

    expect(new Set(kids).size).toBe(1);
  });

  test('an app with HS256 has a key of its own, which nobody is shown and which serves it alone', async () => {
    const operator = new NativeClient(url, await adminToken(url, fleet.appSecret));
    const made: string[] = [];
    for (const id of ['quiet-one', 'quiet-two']) {
      const { secret } = await operator.createApp(id, { algorithm: 'HS256' });
      const tenant = new NativeClient(url, await adminToken(url, secret.secret, id));
      made.push((await tenant.mint({ userId: 'dan', platformId: 1 })).token);
    }
    const [one = '', two = ''] = made;
    const [ofOne, ofTwo] = [decodeProtectedHeader(one), decodeProtectedHeader(two)];
    const { keys } = (await get('/.well-known/jwks.json')).json<Jwks>();

    expect(ofOne).toMatchObject({ alg: 'HS256', typ: 'im+jwt' });
    expect(ofTwo.kid).not.toBe(ofOne.kid);
    expect(keys.map(({ kid }) => kid)).not.toContain(ofOne.kid);
    expect(keys.every(({ kty }) => kty === 'EC')).toBe(true);
    const codes = ['/apps/quiet-one', '/apps/quiet-two', ''].map((prefix) =>
      new OpenimClient(fleet.other.url, prefix).codeOf(one),
    );
    expect(await Promise.all(codes)).toEqual([0, 1502, 1502]);
  });
});
