import { createHmac, createPublicKey, type webcrypto } from 'node:crypto';
import { SignJWT } from 'jose';
import { describe, expect, test } from 'vitest';
import { send } from '../../support/broker-http.js';
import { NativeClient, problemOf } from '../../support/broker-native.js';
import { adminToken } from '../../support/broker-oauth2.js';
import { OpenimClient } from '../../support/broker-openim.js';
import { pollUntil } from '../../support/broker-poll.js';
import type { BadSetting } from './bad-setting.js';

interface Material {
  /** A user token of the app `default` that works. */
  readonly good: string;
  readonly header: Readonly<Record<string, unknown>>;
  readonly claims: Readonly<Record<string, unknown>>;
  readonly jwk: webcrypto.JsonWebKey & { readonly kid: string };
  /** A user token of another app. */
  readonly foreign: string;
}

/** How a token is made bad, the code of `parse_token`, and the status of `inspect`. */
type Forgery = readonly [
  what: string,
  forge: (m: Material) => string | Promise<string>,
  code: number,
  status: string,
];

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

function signed(header: object, claims: object, secret: string | Buffer): string {
  const input = `${encode(header)}.${encode(claims)}`;
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
}

const publicKey = ({ jwk }: Material) => createPublicKey({ key: jwk, format: 'jwk' });
const asHs256 = (m: Material, secret: string | Buffer) =>
  signed({ ...m.header, alg: 'HS256' }, m.claims, secret);
const signature = (m: Material) => m.good.split('.')[2] ?? '';

const FORGERIES: readonly Forgery[] = [
  ['a text', () => 'token', 1503, 'malformed'],
  ['two parts', ({ good }) => good.split('.').slice(0, 2).join('.'), 1503, 'malformed'],
  ['four parts', ({ good }) => `${good}.x`, 1503, 'malformed'],
  ['a megabyte', () => 'a'.repeat(1_000_000), 1503, 'malformed'],
  ['a megabyte in three parts', () => `e30.${'a'.repeat(1_000_000)}.e30`, 1503, 'malformed'],
  ['a blank at its end', ({ good }) => `${good} `, 1503, 'malformed'],
  ['padding', ({ good }) => `${good}==`, 1503, 'malformed'],
  ['another spelling of its last bits', respelt, 1503, 'malformed'],
  ['Bearer before it', ({ good }) => `Bearer ${good}`, 1503, 'malformed'],
  ['NUL characters', () => '\u0000.\u0000.\u0000', 1503, 'malformed'],
  [
    'alg none without a signature',
    (m) => `${encode({ ...m.header, alg: 'none' })}.${encode(m.claims)}.`,
    1503,
    'malformed',
  ],
  [
    'alg none with its old signature',
    (m) => `${encode({ ...m.header, alg: 'none' })}.${encode(m.claims)}.${signature(m)}`,
    1502,
    'bad_signature',
  ],
  [
    'alg nOnE',
    (m) => `${encode({ ...m.header, alg: 'nOnE' })}.${encode(m.claims)}.${signature(m)}`,
    1502,
    'bad_signature',
  ],
  [
    'HS256 with our public key as PEM for its secret',
    (m) => asHs256(m, publicKey(m).export({ type: 'spki', format: 'pem' })),
    1502,
    'bad_signature',
  ],
  [
    'HS256 with our public key as DER',
    (m) => asHs256(m, publicKey(m).export({ type: 'spki', format: 'der' })),
    1502,
    'bad_signature',
  ],
  [
    'HS256 with our public key as a JWK',
    (m) => asHs256(m, JSON.stringify(m.jwk)),
    1502,
    'bad_signature',
  ],
  [
    'HS256 with the x of our public key',
    (m) => asHs256(m, Buffer.from(m.jwk.x ?? '', 'base64url')),
    1502,
    'bad_signature',
  ],
  [
    'a key of its own in its header',
    (m) => signed({ ...m.header, jwk: { kty: 'oct', k: 'YQ' } }, m.claims, 'a'),
    1502,
    'bad_signature',
  ],
  ['an unknown key', (m) => withHeader(m, { kid: 'AAAAAAAAAAAAAAAAAAAAAA' }), 1505, 'unknown_key'],
  ['a key like a path', (m) => withHeader(m, { kid: '../../dev/null' }), 1505, 'unknown_key'],
  ['a key like a query', (m) => withHeader(m, { kid: "' or 1=1 --" }), 1505, 'unknown_key'],
  ['a number for a key', (m) => withHeader(m, { kid: 1 }), 1503, 'malformed'],
  ['no key', (m) => withHeader(m, { kid: undefined }), 1505, 'unknown_key'],
  ['another type', (m) => withHeader(m, { typ: 'admin+jwt' }), 1502, 'bad_signature'],
  ['critical extensions', (m) => withHeader(m, { crit: ['exp'] }), 1503, 'malformed'],
  [
    'claims that are a list',
    (m) => `${encode(m.header)}.${encode([])}.${signature(m)}`,
    1503,
    'malformed',
  ],
  [
    'another user in its claims',
    (m) => {
      const claims = { ...m.claims, sub: 'imAdmin', UserID: 'imAdmin' };
      return `${encode(m.header)}.${encode(claims)}.${signature(m)}`;
    },
    1502,
    'bad_signature',
  ],
  ['another app', ({ foreign }) => foreign, 1502, 'wrong_app'],
  [
    'what a stock OpenIM signs, with its public default secret',
    (m) =>
      new SignJWT({ UserID: m.claims['sub'], PlatformID: 1 })
        .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
        .setIssuedAt()
        .setExpirationTime('90d')
        .sign(Buffer.from('openIM123')),
    1505,
    'unknown_key',
  ],
];

function withHeader(m: Material, change: object): string {
  const [, payload, tail] = m.good.split('.');
  return `${encode({ ...m.header, ...change })}.${payload}.${tail}`;
}

/** Whether a text reaches the server as it is when it is sent as a header. */
function isHeaderValue(text: string): boolean {
  return text.length < 8000 && /^[\x21-\x7e]+( [\x21-\x7e]+)*$/.test(text);
}

/** The same bytes in another spelling, which lax decoders take. */
function respelt({ good }: Material): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  // 64 bytes leave four bits of the last character without a meaning.
  return good.slice(0, -1) + alphabet[alphabet.indexOf(good.at(-1) ?? '') | 1];
}

export function tokensBehaviour(setting: BadSetting): void {
  let made: Promise<Material> | undefined;
  const material = () => (made ??= makeMaterial());

  async function makeMaterial(): Promise<Material> {
    const { fleet, admin } = setting();
    const { url } = fleet.first;
    const operator = new NativeClient(url, admin);
    const { token: good } = await operator.mint({ userId: 'forged', platformId: 1 });
    const { secret } = await operator.createApp('forgers');
    const tenant = new NativeClient(url, await adminToken(url, secret.secret, 'forgers'));
    const { token: foreign } = await tenant.mint({ userId: 'forged', platformId: 1 });
    const [header, claims] = good
      .split('.')
      .slice(0, 2)
      .map((part) => JSON.parse(Buffer.from(part, 'base64url').toString('utf8')) as object) as [
      Record<string, unknown>,
      Record<string, unknown>,
    ];
    const jwks = await send(`${url}/.well-known/jwks.json`, { method: 'GET' });
    const { keys } = jwks.json<{ keys: Material['jwk'][] }>();
    const jwk = keys.find(({ kid }) => kid === header['kid']);
    if (jwk === undefined) throw new Error('the key of the token is not in the JWKS');
    return { good, header, claims, jwk, foreign };
  }

  describe.each(FORGERIES)('a token with %s', (_what, forge, code, status) => {
    test(`is refused by parse_token as ${code} and explained as ${status}`, async () => {
      const { fleet, admin } = setting();
      const token = await forge(await material());
      const parsed = await new OpenimClient(fleet.other.url).parseToken(token);

      expect(parsed.errCode).toBe(code);
      expect(parsed.errDlt).not.toBe('');
      expect(JSON.stringify(parsed).length).toBeLessThan(300);
      const explained = await new NativeClient(fleet.first.url, admin).inspect(token);
      expect(explained).toMatchObject({ status, active: false, causes: [{ type: status }] });
      expect(Object.keys(explained)).toEqual(['status', 'active', 'causes']);
    });
  });

  test('whatever is forged so is nobody’s: neither an admin’s nor a user’s', async () => {
    const { fleet } = setting();
    const im = new OpenimClient(fleet.first.url);
    let shown = 0;
    for (const [what, forge, , status] of FORGERIES) {
      const token = await forge(await material());
      if (!isHeaderValue(token)) continue;
      shown += 1;
      const mint = await im.getUserToken(token, 'forged');
      const client = new NativeClient(fleet.first.url, token);
      const native = problemOf(await client.send('GET', '/v1/apps'));
      const renewed = await client.renew();

      expect([1002, 1502, 1503, 1505], what).toContain(mint.errCode);
      expect(native.status, what).toBe(status === 'wrong_app' ? 403 : 401);
      // Another app's token is its own user's still, and may be renewed.
      expect(renewed.status, what).toBe(status === 'wrong_app' ? 200 : 401);
    }
    expect(shown).toBeGreaterThan(20);
  });

  test('one character changed, at every place of a token, makes it worthless', async () => {
    const { fleet } = setting();
    const { good } = await material();
    const im = new OpenimClient(fleet.first.url);
    const codeWith = (place: number) => {
      const other = good[place] === 'A' ? 'B' : 'A';
      return im.codeOf(good.slice(0, place) + other + good.slice(place + 1));
    };
    const codes = await Promise.all(Array.from(good, (_, place) => codeWith(place)));

    expect(await im.codeOf(good)).toBe(0);
    expect(codes.filter((code) => ![1502, 1503, 1505].includes(code))).toEqual([]);
  });

  test('a character left out or put in, anywhere, makes it worthless', async () => {
    const { fleet } = setting();
    const { good } = await material();
    const im = new OpenimClient(fleet.first.url);
    const places = Array.from({ length: 60 }, (_, n) => Math.floor((n * good.length) / 60));
    const codes = await Promise.all(
      places.flatMap((place) => [
        im.codeOf(good.slice(0, place) + good.slice(place + 1)),
        im.codeOf(`${good.slice(0, place)}A${good.slice(place)}`),
      ]),
    );

    expect(codes.filter((code) => ![1502, 1503, 1505].includes(code))).toEqual([]);
  });

  test('an admin’s token where a user’s is wanted, and the other way round, is refused', async () => {
    const { fleet, admin } = setting();
    const { good } = await material();
    const im = new OpenimClient(fleet.first.url);

    expect((await im.getUserToken(good, 'forged')).errCode).toBe(1002);
    const mint = await new NativeClient(fleet.first.url, good).send('POST', '/v1/im/tokens', {
      ...{ userId: 'forged', platformId: 1 },
    });
    expect(problemOf(mint)).toMatchObject({ status: 403, code: 'not_admin' });
    const renew = problemOf(await new NativeClient(fleet.first.url, admin).renew());
    expect(renew.status).toBe(401);
    const inspected = await new NativeClient(fleet.first.url, admin).inspect(admin);
    expect(inspected).toEqual({
      status: 'wrong_app',
      active: false,
      causes: [{ type: 'wrong_app' }],
    });
  });

  test('an expired one is refused as 1501, wherever it is shown', async () => {
    const { fleet, admin } = setting();
    const operator = new NativeClient(fleet.first.url, admin);
    const { token } = await operator.mint({ userId: 'brief', platformId: 1, ttlSeconds: 1 });
    const im = new OpenimClient(fleet.other.url);
    await pollUntil(3000, async () => (await im.codeOf(token)) === 1501);

    const asked = await im.call('/user/get_users_online_status', { userIDs: ['x'] }, token);
    expect(asked).toMatchObject({ errCode: 1501, errMsg: 'TokenExpiredError' });
  });

  test.each(['', 'Bearer', 'Bearer ', 'Basic eA==', 'bearer a b', 'Bearer ä', 'Token x'])(
    'a header Authorization that holds no token is no token: %j',
    async (authorization) => {
      const { fleet } = setting();
      const headers = { Authorization: Buffer.from(authorization).toString('latin1') };
      const answer = await send(`${fleet.first.url}/v1/apps`, { method: 'GET', headers });

      expect(problemOf(answer)).toMatchObject({ status: 401, code: 'missing_token' });
      expect(answer.headers['www-authenticate']).toBe('Bearer');
    },
  );
}
