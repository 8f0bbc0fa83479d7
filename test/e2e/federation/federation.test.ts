import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Fleet, PROFILES, startFleet } from '../../support/broker-fleet.js';
import type { Answer } from '../../support/broker-http.js';
import { expected, NativeClient } from '../../support/broker-native.js';
import { adminToken, postForm } from '../../support/broker-oauth2.js';
import { OpenidProvider, providerKey } from '../../support/openid-provider.js';

const SUBJECT = 'urn:ietf:params:oauth:token-type:';

interface ExchangedToken {
  readonly access_token: string;
  readonly user_id: string;
}

describe.each(PROFILES)('logins of a trusted issuer, on the %s profile', (profile) => {
  let fleet: Fleet;
  let provider: OpenidProvider;
  let operators: readonly NativeClient[];
  /** The issuer's id as a trusted one. */
  let trusted: string;

  beforeAll(async () => {
    [fleet, provider] = await Promise.all([
      startFleet(profile),
      OpenidProvider.start([await providerKey('first')]),
    ]);
    const token = await adminToken(fleet.first.url, fleet.appSecret);
    operators = fleet.brokers.map(({ url }) => new NativeClient(url, token));
  });
  afterAll(async () => {
    await Promise.all([fleet?.stop(), provider?.stop()]);
  });

  const trust = async (changes: object = {}): Promise<string> => {
    const { issuer, jwksUrl, clientId: audience } = provider;
    const body = { name: 'acme', issuer, jwksUrl, audience, ...changes };
    const answer = await operators[0]!.send('POST', '/v1/apps/default/trusted-issuers', body);
    return expected<{ id: string }>(201, answer).id;
  };
  const trustNoMore = (id: string): Promise<Answer> =>
    operators[0]!.send('DELETE', `/v1/apps/default/trusted-issuers/${id}`);
  beforeEach(async () => {
    trusted = await trust();
    return async () => void (await trustNoMore(trusted));
  });

  /** Exchanges a token at another broker than the one where issuers are managed, as the app. */
  const exchange = (token: string, type = 'id_token'): Promise<Answer> => {
    const basic = Buffer.from(`default:${fleet.appSecret}`).toString('base64');
    return postForm(fleet.other.url, formOf(token, type), { Authorization: `Basic ${basic}` });
  };
  const formOf = (token: string, type: string) => ({
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    ...{ subject_token: token, subject_token_type: SUBJECT + type, platform_id: '1' },
  });

  test('an ID token gets a user token, under the issuer’s name', async () => {
    const answer = await exchange((await provider.signIn('alice')).idToken);
    const { access_token: token, user_id: userId } = expected<ExchangedToken>(200, answer);
    expect(userId).toBe('acme/alice');
    for (const operator of operators) {
      expect(await operator.inspect(token)).toMatchObject({ status: 'active', userId });
    }
  });

  test('so does an access token that is meant for the app (RFC 9068)', async () => {
    const api = await trust({ name: 'api', audience: provider.resource });
    const { accessToken } = await provider.signIn('alice');
    const answer = await exchange(accessToken, 'access_token');
    expect(expected<ExchangedToken>(200, answer).user_id).toBe('api/alice');
    await trustNoMore(api);
  });

  test('a foreign alice is not the local one, and does not kick her', async () => {
    const local = await operators[0]!.mint({ userId: 'alice', platformId: 1 });
    const answer = await exchange((await provider.signIn('alice')).idToken);
    expect(expected<ExchangedToken>(200, answer).user_id).not.toBe('alice');
    expect(await operators[0]!.inspect(local.token)).toMatchObject({
      status: 'active',
      userId: 'alice',
    });
  });

  test('an issuer that is trusted no more is refused on every broker at once', async () => {
    const { idToken } = await provider.signIn('alice');
    expect((await exchange(idToken)).status).toBe(200);
    await trustNoMore(trusted);
    const answer = await exchange(idToken);
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.json()).toMatchObject({ error: 'invalid_grant' });
  });

  test('a client of ours can not show it, for it was not issued to it', async () => {
    const { idToken } = await provider.signIn('alice');
    const form = { ...formOf(idToken, 'id_token'), client_id: 'web' };
    const answer = await postForm(fleet.other.url, form);
    expect(answer.json()).toMatchObject({ error: 'invalid_grant' });
  });

  test('while the issuer’s keys can not be had, the answer is to try again', async () => {
    await trustNoMore(trusted);
    trusted = await trust({ jwksUrl: 'http://127.0.0.1:1/jwks' });
    const answer = await exchange((await provider.signIn('alice')).idToken);
    expect(answer.status).toBe(503);
    expect(answer.headers['retry-after']).toBeDefined();
    expect(answer.json()).toMatchObject({ error: 'temporarily_unavailable' });
  });
});
