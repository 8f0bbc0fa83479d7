import { createHmac } from 'node:crypto';
import { exportJWK, exportSPKI, generateKeyPair, importJWK, SignJWT, type JWK } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Fleet, PROFILES, startFleet } from '../../support/broker-fleet.js';
import { type Answer, send } from '../../support/broker-http.js';
import { NativeClient } from '../../support/broker-native.js';
import { adminToken } from '../../support/broker-oauth2.js';
import { OpenidProvider, providerKey } from '../../support/openid-provider.js';

const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
const ID_TOKEN = 'urn:ietf:params:oauth:token-type:id_token';
const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token';

interface Exchanged {
  readonly access_token: string;
  readonly user_id: string;
}

describe.each(PROFILES)('logins of a trusted issuer, on the %s profile', (profile) => {
  let fleet: Fleet;
  let provider: OpenidProvider;
  const idTokenOf = async (person: string) => (await provider.signIn(person)).idToken;
  let operator: NativeClient;
  let otherSecret: string;
  beforeAll(async () => {
    fleet = await startFleet(profile);
    provider = await OpenidProvider.start([await providerKey('one', 'RS256')]);
    operator = new NativeClient(
      fleet.first.url,
      await adminToken(fleet.first.url, fleet.appSecret),
    );
    otherSecret = (await operator.createApp('other')).secret.secret;
    const { issuer, jwksUrl, clientId: audience } = provider;
    const trusted = { name: 'acme', issuer, jwksUrl, audience };
    const added = await operator.send('POST', '/v1/apps/default/trusted-issuers', trusted);
    if (added.status !== 201) throw new Error(`the issuer was not added: ${added.text}`);
  });
  afterAll(async () => {
    await provider?.stop();
    await fleet?.stop();
  });

  function exchange(token: string, changes: Record<string, string> = {}): Promise<Answer> {
    const form = new URLSearchParams({
      ...{ grant_type: EXCHANGE, subject_token: token, subject_token_type: ID_TOKEN },
      ...{ platform_id: '1', client_id: 'default', client_secret: fleet.appSecret },
      ...changes,
    });
    return send(`${fleet.other.url}/oauth2/token`, {
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: form.toString(),
    });
  }

  async function expectRefused(token: string, changes: Record<string, string> = {}) {
    const answer = await exchange(token, changes);
    expect(answer.status).toBe(400);
    expect(answer.json()).toMatchObject({ error: 'invalid_grant' });
    expect(answer.text).not.toContain(token);
  }

  test('a real ID token gets a user token of the person’s own', async () => {
    const answer = await exchange(await idTokenOf('alice'), { device_id: 'phone' });
    expect(answer.status).toBe(200);
    const { access_token: token, user_id: userId } = answer.json<Exchanged>();
    expect(userId).toBe('acme/alice');
    expect(await operator.inspect(token)).toMatchObject({ status: 'active', userId: 'acme/alice' });
  });

  test('so does an access token that is meant for the app (RFC 9068)', async () => {
    const { issuer, jwksUrl, resource: audience } = provider;
    const wanted = { name: 'api', issuer, jwksUrl, audience };
    await operator.send('POST', '/v1/apps/default/trusted-issuers', wanted);
    const { accessToken } = await provider.signIn('alice');
    const answer = await exchange(accessToken, { subject_token_type: ACCESS_TOKEN });
    expect(answer.json()).toMatchObject({ user_id: 'api/alice' });
  });

  test('while the issuer’s keys can not be had, the answer is to try again', async () => {
    const { issuer, clientId: audience } = provider;
    const unreachable = { name: 'out', issuer, audience, jwksUrl: 'http://127.0.0.1:1/jwks' };
    await operator.send('POST', '/v1/apps/other/trusted-issuers', unreachable);
    const credentials = { client_id: 'other', client_secret: otherSecret };
    const answer = await exchange(await idTokenOf('alice'), credentials);
    expect(answer.status).toBe(503);
    expect(answer.headers['retry-after']).toBeDefined();
    expect(answer.json()).toMatchObject({ error: 'temporarily_unavailable' });
    const path = '/v1/apps/other/trusted-issuers';
    const { trustedIssuers } = (await operator.send('GET', path)).json<{
      trustedIssuers: { id: string }[];
    }>();
    await operator.send('DELETE', `${path}/${trustedIssuers[0]?.id}`);
    await expectRefused(await idTokenOf('alice'), credentials);
  });

  test('the foreign alice is not the local one', async () => {
    const local = await operator.mint({ userId: 'alice', platformId: 1 });
    await exchange(await idTokenOf('alice'));
    expect(await operator.inspect(local.token)).toMatchObject({ status: 'active' });
  });

  test('an app that does not trust the issuer takes nothing of it', async () => {
    const token = await idTokenOf('alice');
    await expectRefused(token, { client_id: 'other', client_secret: otherSecret });
  });

  test('a client can not show a token that it did not get', async () => {
    const token = await idTokenOf('alice');
    const form = new URLSearchParams({
      ...{ grant_type: EXCHANGE, subject_token: token, subject_token_type: ID_TOKEN },
      ...{ platform_id: '1', client_id: 'web' },
    });
    const answer = await send(`${fleet.first.url}/oauth2/token`, {
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: form.toString(),
    });
    expect(answer.json()).toMatchObject({ error: 'invalid_grant' });
  });

  test('a suspended person gets nothing', async () => {
    await exchange(await idTokenOf('mallory'));
    const path = `/v1/im/users/${encodeURIComponent('acme/mallory')}`;
    await operator.send('PATCH', path, { status: 'suspended' });
    const answer = await exchange(await idTokenOf('mallory'));
    expect(answer.json()).toMatchObject({ error: 'invalid_grant' });
  });

  test.each<[string, (parts: Forging) => Promise<string> | string]>([
    [
      'without a signature',
      ({ header, claims }) => `${encode({ ...header, alg: 'none' })}.${encode(claims)}.`,
    ],
    [
      'signed with the public key as a shared secret',
      async ({ header, claims, publicKey }) => {
        const spki = await exportSPKI((await importJWK(publicKey, 'RS256')) as CryptoKey);
        const input = `${encode({ ...header, alg: 'HS256' })}.${encode(claims)}`;
        return `${input}.${createHmac('sha256', spki).update(input).digest('base64url')}`;
      },
    ],
    [
      'of a key that it brings along',
      async ({ header, claims }) => {
        const { privateKey, publicKey } = await generateKeyPair('ES256');
        return new SignJWT(claims)
          .setProtectedHeader({ ...header, alg: 'ES256', jwk: await exportJWK(publicKey) })
          .sign(privateKey);
      },
    ],
    [
      'with other claims behind the signature',
      ({ token, claims }) => spoilt(token, { ...claims, sub: 'root' }),
    ],
    [
      'of an issuer that nobody trusts',
      ({ token, claims }) => spoilt(token, { ...claims, iss: 'https://evil.example' }),
    ],
    ['that is no JWT', () => 'nothing-of-the-kind'],
  ])('a token %s is refused', async (_, forge) => {
    const token = await idTokenOf('alice');
    const [header = '', claims = ''] = token.split('.');
    const jwks = (await (await fetch(provider.jwksUrl)).json()) as { keys: JWK[] };
    await expectRefused(
      await forge({
        token,
        header: decode(header),
        claims: decode(claims),
        publicKey: jwks.keys[0]!,
      }),
    );
  });

  test('when the issuer changes its keys, people notice nothing', async () => {
    // A broker asks for unknown keys again after half a minute: the wait is not worth it here, so
    // the new key is the first that this issuer's row is asked for.
    const { issuer, jwksUrl } = provider;
    provider.useKeys([await providerKey('two', 'RS256'), await providerKey('one', 'RS256')]);
    const token = await idTokenOf('carol');
    const rows = await operator.send('GET', '/v1/apps/default/trusted-issuers');
    const { trustedIssuers } = rows.json<{ trustedIssuers: { id: string; name: string }[] }>();
    const acme = trustedIssuers.find(({ name }) => name === 'acme');
    await operator.send('DELETE', `/v1/apps/default/trusted-issuers/${acme?.id}`);
    await expectRefused(token);
    const again = { name: 'acme', issuer, jwksUrl, audience: provider.clientId };
    expect((await operator.send('POST', '/v1/apps/default/trusted-issuers', again)).status).toBe(
      201,
    );
    expect((await exchange(token)).json<Exchanged>().user_id).toBe('acme/carol');
  });

  test('a token that is for others is refused', async () => {
    const { issuer, jwksUrl } = provider;
    const wanted = { name: 'elsewhere', issuer, jwksUrl, audience: 'another-client' };
    await operator.send('POST', '/v1/apps/other/trusted-issuers', wanted);
    const token = await idTokenOf('alice');
    await expectRefused(token, { client_id: 'other', client_secret: otherSecret });
  });
});

interface Forging {
  readonly token: string;
  readonly header: Record<string, unknown> & { alg: string };
  readonly claims: Record<string, unknown>;
  readonly publicKey: JWK;
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function decode<T>(text: string): T {
  return JSON.parse(Buffer.from(text, 'base64url').toString()) as T;
}

function spoilt(token: string, claims: object): string {
  const [header, , signature] = token.split('.');
  return `${header}.${encode(claims)}.${signature}`;
}
