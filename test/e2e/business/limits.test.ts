import { Agent } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BusinessClient, NEW_PASSWORD, PASSWORD } from '../../support/broker-business.js';
import { PROFILES } from '../../support/broker-fleet.js';
import { type Answer, send } from '../../support/broker-http.js';
import { problemOf } from '../../support/broker-native.js';
import { pollUntil } from '../../support/broker-poll.js';
import { DpopKey } from '../../support/dpop-key.js';
import { type RunningRedis, startRedis } from '../../support/redis-server.js';
import {
  addTotp,
  type Business,
  codesOf,
  newName,
  newPerson,
  startBusiness,
} from './business-setting.js';
import { LIMITS, limitsBehaviour, newAddress } from './limits.behaviour.js';

describe.each(PROFILES)('limits on guessing, on the %s profile', (profile) => {
  let redis: RunningRedis | undefined;
  let business: Business;
  beforeAll(async () => {
    if (profile === 'cluster') redis = await startRedis();
    const own = redis === undefined ? {} : { REDIS_URL: redis.url };
    business = await startBusiness(profile, { ...LIMITS, ...own });
  });
  afterAll(async () => {
    await business?.stop();
    await redis?.stop();
  });

  limitsBehaviour(() => business);

  if (profile === 'cluster') withoutRedis(() => ({ business, redis: redis! }));
});

function withoutRedis(setting: () => { business: Business; redis: RunningRedis }): void {
  test('without Redis nothing is guessed, and whoever is logged in goes on', async () => {
    const { business, redis } = setting();
    const web = business.web.from(newAddress());
    const elsewhere = business.elsewhere.from(newAddress());
    const { username, tokens } = await newPerson(web);
    const careful = await newPerson(web);
    const { app } = await addTotp(web, careful.tokens);
    const { mfaToken } = await web.firstStep({ ...careful, password: PASSWORD });
    const key = await DpopKey.make();
    const bound = new BusinessClient(web.url, { ...web.options, key });
    const held = (await newPerson(bound)).tokens;
    const before = await web.exchange(tokens.accessToken, 1);

    await redis.kill();

    const closed: Record<string, Answer> = {
      login: await web.sendLogin({ username, password: PASSWORD }),
      'second step': await elsewhere.sendSecondStep(mfaToken, await app.next()),
      'step-up': await elsewhere.sendStepUp(tokens.accessToken, { password: PASSWORD }),
      password: await web.sendPassword(tokens.accessToken, PASSWORD, NEW_PASSWORD),
      recovery: await web.sendRecovery({ username }),
      'end of a recovery': await web.completeRecovery('rec_x', '12345678', NEW_PASSWORD),
      'a passkey': await web.sendPasskey('pk_none'),
      'a passkey login begun': await elsewhere.sendPasskeyStart(),
      registration: await web.sendRegistration({ username: newName(), password: PASSWORD }),
      'a DPoP proof': await bound.sendRefresh(held.refreshToken),
    };
    for (const [what, answer] of Object.entries(closed)) {
      expect(problemOf(answer), what).toMatchObject({ status: 503, code: 'limiter_unavailable' });
      expect(answer.headers['retry-after'], what).toBe('1');
    }

    const refreshed = await elsewhere.refresh(tokens.refreshToken);
    const { token } = await web.exchange(refreshed.accessToken, 5);
    expect(await codesOf(business, token)).toEqual([0]);
    expect(await codesOf(business, before.token)).toEqual([0]);
    expect(await elsewhere.sessions(refreshed.accessToken)).toHaveLength(1);
    expect((await web.logOut(refreshed.accessToken)).status).toBe(204);
    // No event tells of it now, and still it is so when it has been answered.
    expect(await codesOf(business, token)).toEqual([1506]);

    await redis.startAgain();
    await pollUntil(10_000, async () => {
      const answers = await Promise.all(
        [web, elsewhere].map((client) => client.sendLogin({ username, password: PASSWORD })),
      );
      return answers.every(({ status }) => status === 200);
    });
    expect((await bound.sendRefresh(held.refreshToken)).status).toBe(200);
  });
}

/** As many as wait for their turn to be hashed, and more. */
const CROWD = 300;

test('whom a crowd kept from trying at all, has not guessed', async () => {
  const slow = {
    COUNTERSIGN_BUSINESS_AUTH__ARGON2_MEMORY_KIB: '19456',
    COUNTERSIGN_BUSINESS_AUTH__ARGON2_ITERATIONS: '8',
    COUNTERSIGN_BUSINESS_AUTH__HASHES_AT_ONCE: '1',
  };
  const business = await startBusiness('embedded', { ...LIMITS, ...slow });
  const agent = new Agent({ keepAlive: true, maxSockets: CROWD });
  try {
    const web = business.web.from(newAddress());
    const { username } = await newPerson(web);
    const crowd = Array.from({ length: CROWD }, (_, n) =>
      send(`${web.url}/v1/auth/login`, {
        agent,
        headers: { 'Content-Type': 'application/json', 'X-Forwarded-For': newAddress() },
        body: { username: `crowd${n}`, password: PASSWORD, clientId: 'web' },
      }),
    );
    const isTurnedAway = async (answer: Promise<Answer>) => {
      if ((await answer).status !== 503) throw new Error('it had its turn');
    };
    await Promise.any(crowd.map(isTurnedAway));
    const owner = Array.from({ length: 60 }, () => web.sendLogin({ username, password: PASSWORD }));
    const codes = (await Promise.all(owner)).map((answer) => answer.status);
    await Promise.all(crowd);

    expect(codes.filter((status) => status === 503).length).toBeGreaterThan(10);
    expect(codes).not.toContain(429);
    expect((await web.sendLogin({ username, password: PASSWORD })).status).toBe(200);
  } finally {
    agent.destroy();
    await business.stop();
  }
});

describe.each(PROFILES)('limits on what is right, on the %s profile', (profile) => {
  const MOST = 3;
  let redis: RunningRedis | undefined;
  let business: Business;
  beforeAll(async () => {
    if (profile === 'cluster') redis = await startRedis();
    business = await startBusiness(profile, {
      ...LIMITS,
      ...(redis === undefined ? {} : { REDIS_URL: redis.url }),
      COUNTERSIGN_RATE_LIMITS__SESSION_PER_ACCOUNT__ATTEMPTS: String(MOST),
      COUNTERSIGN_RATE_LIMITS__EXCHANGE_PER_ACCOUNT__ATTEMPTS: String(MOST),
    });
  });
  afterAll(async () => {
    await business?.stop();
    await redis?.stop();
  });

  test('nobody opens sessions without end, each of which is kept and put on record', async () => {
    const { web, elsewhere } = business;
    const { username } = await newPerson(web);
    for (let n = 1; n < MOST; n += 1) {
      await (n % 2 === 0 ? web : elsewhere).logIn({ username, password: PASSWORD });
    }
    const refused = await elsewhere.sendLogin({ username, password: PASSWORD });
    expect(problemOf(refused)).toMatchObject({ status: 429, code: 'rate_limited' });
    expect(refused.headers['ratelimit-policy']).toBe(`"sessionPerAccount";q=${MOST};w=900`);
    await newPerson(web);
  });

  test('nor gets user tokens without end, by whichever call', async () => {
    const { web, elsewhere, fleet } = business;
    const { tokens } = await newPerson(web);
    await web.exchange(tokens.accessToken, 1);
    expect((await elsewhere.grantExchange(tokens.accessToken)).status).toBe(200);
    await elsewhere.exchange(tokens.accessToken, 2);

    const native = await web.sendExchange(tokens.accessToken);
    expect(problemOf(native)).toMatchObject({ status: 429, code: 'rate_limited' });
    expect(native.headers['ratelimit-policy']).toBe(`"exchangePerAccount";q=${MOST};w=900`);
    expect((await elsewhere.grantExchange(tokens.accessToken)).status).toBe(429);
    // The app, by its secret, does as it sees fit.
    const basic = Buffer.from(`default:${fleet.appSecret}`).toString('base64');
    const headers = { Authorization: `Basic ${basic}` };
    expect((await web.grantExchange(tokens.accessToken, headers)).status).toBe(200);
  });
});
