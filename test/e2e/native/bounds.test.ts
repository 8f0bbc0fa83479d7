import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Fleet, PROFILES, startFleet } from '../../support/broker-fleet.js';
import { NativeClient, problemOf, type Renewed } from '../../support/broker-native.js';
import { adminToken } from '../../support/broker-oauth2.js';
import { OpenimClient } from '../../support/broker-openim.js';
import { pollUntil } from '../../support/broker-poll.js';
import { claimsOf } from './claims-of.js';

const LONGEST_SECONDS = 6;

const TRUST = {
  name: 'acme',
  issuer: 'https://id.acme.example',
  jwksUrl: 'https://id.acme.example/jwks',
  audience: 'chat',
};

describe.each(PROFILES)('settings that are narrow, on the %s profile', (profile) => {
  let fleet: Fleet;
  let admin: NativeClient;
  let im: OpenimClient;
  beforeAll(async () => {
    fleet = await startFleet(profile, {
      COUNTERSIGN_TOKENS__USER_TTL_SECONDS: '3',
      COUNTERSIGN_TOKENS__ROLE_TTL_SECONDS: 'guest=2,vip=5',
      COUNTERSIGN_OPENIM__USER_TTL_SECONDS: '4',
      COUNTERSIGN_TOKENS__MAX_USER_TTL_SECONDS: String(LONGEST_SECONDS),
      COUNTERSIGN_SESSIONS__MAX_LIFETIME_SECONDS: String(LONGEST_SECONDS),
      COUNTERSIGN_TOKENS__CLOCK_LEEWAY_SECONDS: '0',
      COUNTERSIGN_STEP_UP__MAX_AGE_SECONDS: '1',
      COUNTERSIGN_USERS__AUTO_REGISTER: 'false',
    });
    admin = new NativeClient(fleet.first.url, await adminToken(fleet.first.url, fleet.appSecret));
    im = new OpenimClient(fleet.other.url);
    const users = ['known', 'guest', 'vip', 'lasting'].map((userID) => ({ userID }));
    await im.call('/user/user_register', { users }, await im.admin(fleet.appSecret));
  });
  afterAll(() => fleet?.stop());

  test('who was never registered gets no token', async () => {
    const body = { userId: 'stranger', platformId: 1 };
    const native = problemOf(await admin.send('POST', '/v1/im/tokens', body));
    const openim = await im.getUserToken(await im.admin(fleet.appSecret), 'stranger');

    expect(native).toMatchObject({ status: 404, code: 'user_unknown' });
    expect(openim).toMatchObject({ errCode: 1101, errMsg: 'UserIDNotFoundError' });
  });

  test('lifetimes come from the settings of the dialect and the role', async () => {
    await admin.change('guest', { role: 'guest' });
    await admin.change('vip', { role: 'vip' });
    const ttl = async (userId: string) => (await admin.mint({ userId, platformId: 1 })).expiresIn;
    const openim = await im.getUserToken(await im.admin(fleet.appSecret), 'known', 5);

    expect([await ttl('known'), await ttl('guest'), await ttl('vip')]).toEqual([3, 2, 5]);
    expect(openim.data?.expireTimeSeconds).toBe(4);
  });

  test('a request may not ask for more than the longest lifetime', async () => {
    const mint = (ttlSeconds: number) =>
      admin.send('POST', '/v1/im/tokens', { userId: 'known', platformId: 2, ttlSeconds });

    expect((await mint(LONGEST_SECONDS)).status).toBe(201);
    expect(problemOf(await mint(LONGEST_SECONDS + 1)).code).toBe('invalid_request');
  });

  test.concurrent('renewals keep a session alive for no longer than it may live', async () => {
    const first = await admin.mint({ userId: 'lasting', platformId: 1, ttlSeconds: 4 });
    const started = claimsOf(first.token).iat;
    let { token } = first;
    await pollUntil(4000, async () => {
      const renewed = await new NativeClient(fleet.other.url, token).renew();
      token = renewed.json<Renewed>().token;
      return renewed.json<Renewed>().renewed;
    });

    expect(claimsOf(token).exp).toBe(started + LONGEST_SECONDS);
    const again = await new NativeClient(fleet.first.url, token).renew();
    expect(again.json<Renewed>().renewed).toBe(false);
  });

  test.concurrent('dangerous calls want a fresh proof, and say how fresh', async () => {
    const stale = new NativeClient(
      fleet.first.url,
      await adminToken(fleet.first.url, fleet.appSecret),
    );
    const list = await stale.send('GET', '/v1/apps');
    const calls: [string, string, object | undefined][] = [
      ['POST', '/v1/apps', { id: 'fresh-proof' }],
      ['POST', '/v1/apps/default/secrets', {}],
      ['DELETE', '/v1/apps/default/secrets/sec_x', undefined],
      ['POST', '/v1/apps/default/clients', { type: 'public' }],
      ['POST', '/v1/apps/default/clients/web/secrets', undefined],
      ['DELETE', '/v1/apps/default/clients/web', undefined],
      ['POST', '/v1/apps/default/trusted-issuers', TRUST],
      ['DELETE', '/v1/apps/default/trusted-issuers/iss_x', undefined],
      ['POST', '/v1/revocations', { target: { type: 'app' } }],
    ];
    await pollUntil(3000, async () => {
      const answer = await stale.send('DELETE', '/v1/apps/default/secrets/sec_x');
      return answer.status === 401;
    });
    for (const [method, path, body] of calls) {
      const answer = await stale.send(method, path, body);
      expect(problemOf(answer)).toMatchObject({
        ...{ status: 401, code: 'insufficient_user_authentication' },
      });
      const challenge = answer.headers['www-authenticate'];
      expect(challenge).toMatch(/^Bearer error="insufficient_user_authentication"/);
      expect(challenge).toMatch(/\bmax_age=1$/);
    }

    expect(list.status).toBe(200);
    expect((await stale.send('GET', '/v1/apps')).status).toBe(200);
    const again = await adminToken(fleet.first.url, fleet.appSecret);
    const made = await new NativeClient(fleet.first.url, again).createApp('fresh-proof');
    expect(made.id).toBe('fresh-proof');
  });
});
