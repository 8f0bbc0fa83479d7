import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Answer, send } from '../../support/broker-http.js';
import { type Fleet, PROFILES, startFleet } from '../../support/broker-fleet.js';
import { postForm, requestToken } from '../../support/broker-oauth2.js';
import type { Envelope, IssuedToken } from '../../support/broker-openim.js';
import { startRedis, type RunningRedis } from '../../support/redis-server.js';

const ATTEMPTS = 3;
const WRONG = 'wrong-wrong-wrong-wrong-wrong-wrong';
const SETTINGS = {
  COUNTERSIGN_RATE_LIMITS__APP_SECRET_PER_ADDRESS__ATTEMPTS: String(ATTEMPTS),
  COUNTERSIGN_RATE_LIMITS__APP_SECRET_PER_ADDRESS__PER_SECONDS: '3600',
  COUNTERSIGN_HTTP__TRUSTED_PROXIES: 'loopback',
};

/** An address that no other test calls from. */
function newAddress(): string {
  const [first = 0, second = 0] = randomBytes(4).toString('hex').match(/.{4}/g) ?? [];
  return `2001:db8:${first}:${second}::1`;
}

/** The calls that take an app's secret. */
class Caller {
  constructor(
    private readonly url: string,
    private readonly address = newAddress(),
  ) {}

  get #headers() {
    return { 'X-Forwarded-For': this.address };
  }

  openim(secret: string): Promise<Answer> {
    return send(`${this.url}/auth/get_admin_token`, {
      headers: { ...this.#headers, operationID: 'guess' },
      body: { secret, userID: 'imAdmin' },
    });
  }

  token(secret: string, appId = 'default', grant = 'client_credentials'): Promise<Answer> {
    const client = { client_id: appId, client_secret: secret };
    return postForm(this.url, { grant_type: grant, ...client }, this.#headers);
  }

  introspect(secret: string): Promise<Answer> {
    return this.#form('/oauth2/introspect', secret);
  }

  revoke(secret: string): Promise<Answer> {
    return this.#form('/oauth2/revoke', secret);
  }

  /** A call of the business tier, by a client that is none or shows a wrong secret. */
  native(path: string, secret: string, fields: object): Promise<Answer> {
    const body = { clientId: 'nobody', clientSecret: secret, ...fields };
    const headers = { ...this.#headers, 'Content-Type': 'application/json' };
    return send(this.url + path, { headers, body });
  }

  #form(path: string, secret: string): Promise<Answer> {
    const form = { token: 'any', client_id: 'default', client_secret: secret };
    return send(this.url + path, {
      headers: { ...this.#headers, 'Content-Type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams(form).toString(),
    });
  }
}

const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
const OAUTH2: readonly (readonly [string, (caller: Caller, secret: string) => Promise<Answer>])[] =
  [
    ['client_credentials', (caller, secret) => caller.token(secret)],
    ['client_credentials of an unknown app', (caller, secret) => caller.token(secret, 'nobody')],
    ['token exchange', (caller, secret) => caller.token(secret, 'default', EXCHANGE)],
    ['refresh_token', (caller, secret) => caller.token(secret, 'default', 'refresh_token')],
    ['introspection', (caller, secret) => caller.introspect(secret)],
    ['revocation', (caller, secret) => caller.revoke(secret)],
  ];

const credential = { id: 'x', type: 'public-key', response: {} };
const PERSON = { username: 'alice', password: 'seven brown otters dance' };
/** The calls that take a client's secret. */
const NATIVE: readonly (readonly [path: string, fields: object])[] = [
  ['/v1/auth/register', PERSON],
  ['/v1/auth/login', PERSON],
  ['/v1/auth/login/passkey/options', {}],
  ['/v1/auth/login/passkey', { passkeyToken: 'any', credential }],
  ['/v1/auth/refresh', { refreshToken: 'any' }],
  ['/v1/auth/recovery/start', { username: 'alice' }],
];

describe.each(PROFILES)('wrong secrets, on the %s profile', (profile) => {
  let fleet: Fleet;
  beforeAll(async () => {
    fleet = await startFleet(profile, SETTINGS);
  });
  afterAll(() => fleet?.stop());

  test('in OpenIM’s dialect are limited, and so are apps that there are not', async () => {
    const [address, elsewhere] = [newAddress(), newAddress()];
    const ask = (from: string, app: string) =>
      send(`${fleet.first.url}/apps/${app}/auth/get_admin_token`, {
        headers: { 'X-Forwarded-For': from, operationID: 'guess' },
        body: { secret: WRONG, userID: 'imAdmin' },
      });
    for (let n = 0; n < ATTEMPTS; n++) await ask(address, `no-such-app-${n}`);
    const refused = (await ask(address, 'default')).json<{ errMsg: string; errDlt: string }>();
    const other = (await ask(elsewhere, 'default')).json<{ errMsg: string; errDlt: string }>();
    expect(refused.errDlt).toContain('too many tries');
    expect(other.errDlt).not.toContain('too many tries');
  });

  test.each(OAUTH2)('in %s are limited by the address, on all brokers', async (_, call) => {
    const address = newAddress();
    const [one, other] = [
      new Caller(fleet.first.url, address),
      new Caller(fleet.other.url, address),
    ];
    for (let n = 0; n < ATTEMPTS; n++) {
      expect((await call(n % 2 === 0 ? one : other, WRONG)).status).toBe(401);
    }
    const refused = await call(other, WRONG);
    expect(refused.status).toBe(429);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(3500);
    expect(refused.headers['ratelimit-policy']).toBe('"appSecretPerAddress";q=3;w=3600');
    expect(refused.headers['ratelimit']).toMatch(/^"appSecretPerAddress";r=0;t=3[56]\d\d$/);
    expect(refused.json<{ error: string }>().error).toBe('temporarily_unavailable');
    expect(refused.text).not.toContain(WRONG);
    expect((await call(new Caller(fleet.first.url), WRONG)).status).toBe(401);
  });

  test.each(NATIVE)('of clients at %s are limited by the address', async (path, fields) => {
    const caller = new Caller(fleet.first.url);
    for (let n = 0; n < ATTEMPTS; n++) {
      expect((await caller.native(path, WRONG, fields)).json()).toMatchObject({
        status: 401,
        code: 'client_unknown',
      });
    }
    const refused = await caller.native(path, WRONG, fields);
    expect(refused.json()).toMatchObject({ status: 429, code: 'rate_limited' });
    expect(refused.headers['ratelimit-policy']).toBe('"appSecretPerAddress";q=3;w=3600');
    expect((await caller.token(WRONG)).status).toBe(429);
    // Who shows no secret guesses none.
    const web = { clientId: 'web', clientSecret: undefined };
    expect((await caller.native(path, WRONG, { ...fields, ...web })).status).not.toBe(429);
  });

  test('in get_admin_token are limited by the address, in OpenIM’s words', async () => {
    const caller = new Caller(fleet.first.url);
    const details: string[] = [];
    for (let n = 0; n <= ATTEMPTS; n++) {
      const answer = await caller.openim(WRONG);
      expect(answer.status).toBe(200);
      const { errCode, errMsg, errDlt } = answer.json<Envelope>();
      expect({ errCode, errMsg }).toEqual({ errCode: 1002, errMsg: 'NoPermissionError' });
      details.push(errDlt);
    }
    expect(details.slice(0, ATTEMPTS)).toEqual(Array(ATTEMPTS).fill('the secret is wrong'));
    expect(details.at(-1)).toMatch(/^too many tries; try again in 3[56]\d\d seconds$/);
  });

  test('are counted together, whichever call they are shown to', async () => {
    const caller = new Caller(fleet.first.url);
    await caller.openim(WRONG);
    await caller.introspect(WRONG);
    await caller.token(WRONG, 'nobody');
    for (const [what, call] of OAUTH2) {
      expect((await call(caller, WRONG)).status, what).toBe(429);
    }
  });

  test('do not harm who has the right one, however many there were', async () => {
    const caller = new Caller(fleet.first.url);
    for (let n = 0; n < 2 * ATTEMPTS; n++) await caller.token(WRONG);
    expect((await caller.token(WRONG)).status).toBe(429);
    expect((await caller.token(fleet.appSecret)).status).toBe(200);
    expect((await caller.introspect(fleet.appSecret)).json()).toEqual({ active: false });
    expect((await caller.revoke(fleet.appSecret)).status).toBe(200);
    const admin = (await caller.openim(fleet.appSecret)).json<Envelope<IssuedToken>>();
    expect(admin.errCode).toBe(0);
  });

  test('are not what is missing, malformed, or asks for too much with the right one', async () => {
    const address = newAddress();
    const caller = new Caller(fleet.first.url, address);
    const wrongScope = { scope: 'no:such:scope' };
    for (let n = 0; n < 2 * ATTEMPTS; n++) {
      const form = { grant_type: 'client_credentials', client_id: 'default' };
      const right = { ...form, client_secret: fleet.appSecret, ...wrongScope };
      const headers = { 'X-Forwarded-For': address };
      expect((await postForm(fleet.first.url, form, headers)).status).toBe(401);
      expect((await postForm(fleet.first.url, right, headers)).status).toBe(400);
    }
    for (let n = 0; n < ATTEMPTS; n++) expect((await caller.token(WRONG)).status).toBe(401);
  });
});

describe('while Redis is out', () => {
  let redis: RunningRedis;
  let fleet: Fleet;
  beforeAll(async () => {
    redis = await startRedis();
    fleet = await startFleet('cluster', { ...SETTINGS, REDIS_URL: redis.url });
  });
  afterAll(async () => {
    await fleet?.stop();
    await redis?.stop();
  });

  test('wrong secrets are simply wrong, and right ones right', async () => {
    await redis.kill();
    const caller = new Caller(fleet.first.url);
    for (let n = 0; n < 2 * ATTEMPTS; n++) {
      expect((await caller.token(WRONG)).status).toBe(401);
      expect((await caller.openim(WRONG)).json<Envelope>().errDlt).toBe('the secret is wrong');
    }
    expect((await requestToken(fleet.first.url, 'default', fleet.appSecret)).status).toBe(200);
  });
});
