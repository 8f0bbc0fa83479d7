import { createPrivateKey, type KeyObject } from 'node:crypto';
import { decodeJwt, decodeProtectedHeader, type JWTPayload, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Fleet, PROFILES, startFleet } from '../../support/broker-fleet.js';
import { NativeClient, problemOf } from '../../support/broker-native.js';
import { adminToken } from '../../support/broker-oauth2.js';
import { OpenimClient } from '../../support/broker-openim.js';
import { openKeysOf } from '../../support/opened-keys.js';
import { operatorOf } from './keys-setting.js';

const HMAC_APP = 'hmac-stolen';

// Signed with the very key of the ring, out of the ledger, so that nothing but the claim that was
// changed can be what it is refused for.
describe.each(PROFILES)('a token signed with a real key, on the %s profile', (profile) => {
  let fleet: Fleet;
  let operator: NativeClient;
  let admin: string;
  let good: string;
  let tenant: NativeClient;
  let goodOfTenant: string;
  const keys = new Map<string, KeyObject | Buffer>();
  beforeAll(async () => {
    fleet = await startFleet(profile);
    operator = await operatorOf(fleet);
    admin = await adminToken(fleet.first.url, fleet.appSecret);
    const { url } = fleet.first;
    good = (await operator.mint({ userId: 'robbed', platformId: 1 })).token;
    const { secret } = await operator.createApp(HMAC_APP, { algorithm: 'HS256' });
    tenant = new NativeClient(url, await adminToken(url, secret.secret, HMAC_APP));
    goodOfTenant = (await tenant.mint({ userId: 'robbed', platformId: 1 })).token;
    for (const { id, algorithm, privatePart } of await openKeysOf(fleet)) {
      const der = { key: privatePart, format: 'der', type: 'pkcs8' } as const;
      keys.set(id, algorithm === 'HS256' ? privatePart : createPrivateKey(der));
    }
  });
  afterAll(() => fleet?.stop());

  /** A token with the header of another and its claims, but for some, signed with its key. */
  async function resigned(token: string, changes: JWTPayload = {}): Promise<string> {
    const { alg = '', kid = '', typ } = decodeProtectedHeader(token);
    const claims = { ...decodeJwt(token), ...changes };
    const key = keys.get(kid) ?? expect.fail('the key of the token is not in the ledger');
    return new SignJWT(claims).setProtectedHeader({ alg, kid, ...(typ ? { typ } : {}) }).sign(key);
  }

  const codesOf = (token: string, prefix = '') =>
    Promise.all(fleet.brokers.map(({ url }) => new OpenimClient(url, prefix).codeOf(token)));
  const everywhere = (code: number) => fleet.brokers.map(() => code);

  test('is taken while its claims are those of a good one: the forgery is a real one', async () => {
    const forged = await resigned(good);
    expect(forged).not.toBe(good);
    expect(await codesOf(forged)).toEqual(everywhere(0));
    expect(await codesOf(await resigned(goodOfTenant), `/apps/${HMAC_APP}`)).toEqual(everywhere(0));
    const asAdmin = new NativeClient(fleet.other.url, await resigned(admin));
    expect((await asAdmin.send('GET', '/v1/apps')).status).toBe(200);
  });

  const OTHER_ISSUERS = [
    ['somebody else', () => 'https://elsewhere.example'],
    ['ours with a slash', () => `${fleet.issuer}/`],
    ['ours in another case', () => fleet.issuer.replace('http', 'HTTP')],
    ['the beginning of ours', () => fleet.issuer.slice(0, -1)],
    ['ours and more', () => `${fleet.issuer}0`],
    ['a broker that signs as another', () => fleet.issuer.replace('127.0.0.1', 'localhost')],
    ['nobody', () => ''],
  ] as const;

  test.each(OTHER_ISSUERS)('is refused when it names for its issuer %s', async (_, issuer) => {
    const iss = issuer();
    const forged = await resigned(good, { iss });
    expect(await codesOf(forged)).toEqual(everywhere(1502));
    expect(await operator.inspect(forged)).toEqual({
      ...{ status: 'wrong_app', active: false, causes: [{ type: 'wrong_app' }] },
    });
    const renewed = await new NativeClient(fleet.other.url, forged).renew();
    expect(problemOf(renewed)).toMatchObject({ status: 401, code: 'token_wrong_app' });

    const ofTenant = await resigned(goodOfTenant, { iss });
    expect(await codesOf(ofTenant, `/apps/${HMAC_APP}`)).toEqual(everywhere(1502));
    expect((await tenant.inspect(ofTenant)).status).toBe('wrong_app');
  });

  test.each(OTHER_ISSUERS)('an admin’s, too: %s', async (_, issuer) => {
    const iss = issuer();
    for (const changes of [{ iss }, { iss, aud: iss }]) {
      const forged = await resigned(admin, changes);
      const answer = await new NativeClient(fleet.other.url, forged).send('GET', '/v1/apps');
      expect(problemOf(answer)).toMatchObject({ status: 401, code: 'token_wrong_app' });
      const mint = await new OpenimClient(fleet.first.url).getUserToken(forged, 'anybody');
      expect(mint.errCode).toBe(1502);
    }
  });

  test('is refused when its issuer is no text, or there is none', async () => {
    for (const iss of [undefined, 1, null, [fleet.issuer]] as unknown as string[]) {
      const { iss: _ours, ...rest } = decodeJwt(good);
      const forged = await resigned(good, { ...rest, iss });
      expect((await codesOf(forged)).filter((code) => code === 0)).toEqual([]);
    }
  });

  test('is refused when it names another app for its audience', async () => {
    const forged = await resigned(good, { aud: HMAC_APP });
    expect(await codesOf(forged)).toEqual(everywhere(1502));
    // Nor does the shared key sign for an app that has keys of its own, or the other way round.
    const codes = await codesOf(forged, `/apps/${HMAC_APP}`);
    expect(codes.filter((code) => code === 0)).toEqual([]);
    const ofTenant = await resigned(goodOfTenant, { aud: 'default' });
    expect((await codesOf(ofTenant)).filter((code) => code === 0)).toEqual([]);
  });
});
