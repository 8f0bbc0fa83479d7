import { createHmac } from 'node:crypto';
import { type CryptoKey, exportJWK, exportSPKI, generateKeyPair, type JWK, SignJWT } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { JwksServer } from '../../../support/jwks-server.js';
import { TrustSetting } from './trust-setting.js';

const ISSUER = 'https://login.acme.example';

interface Signer {
  readonly jwk: JWK;
  readonly publicKey: CryptoKey;
  readonly privateKey: CryptoKey;
}

async function newSigner(kid: string, alg = 'ES256'): Promise<Signer> {
  const { publicKey, privateKey } = await generateKeyPair(alg);
  return { publicKey, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg } };
}

let jwks: JwksServer;
let acme: Signer;
let stranger: Signer;
beforeAll(async () => {
  jwks = await JwksServer.start();
  [acme, stranger] = await Promise.all([newSigner('one'), newSigner('stranger')]);
});
afterAll(() => jwks?.stop());

let setting: TrustSetting;
beforeEach(async () => {
  jwks.serve({ keys: [acme.jwk] });
  jwks.requests = 0;
  setting = new TrustSetting();
  await setting.trust({ issuer: ISSUER, jwksUrl: jwks.url });
});

interface TokenOptions {
  readonly header?: object;
  readonly by?: Signer;
  readonly alg?: string;
}

/** A token that is right but for what is given; a member of `undefined` is left out. */
function tokenOf(
  claims: object = {},
  { header = {}, by = acme, alg = 'ES256' }: TokenOptions = {},
): Promise<string> {
  const now = setting.clock.nowMs() / 1000;
  const right = { iss: ISSUER, aud: 'chat', sub: 'alice', iat: now, exp: now + 300 };
  return new SignJWT({ ...right, ...claims })
    .setProtectedHeader({ alg, kid: 'one', ...header })
    .sign(by.privateKey, { crit: { x: true } });
}

const checked = async (token: string | Promise<string>, appId = 'default') =>
  setting.check.check(appId, await token);
const userOf = async (token: string | Promise<string>) => (await checked(token)).userId;
const refusedAs = (why: string) =>
  expect.objectContaining({
    code: 'invalid_grant',
    detail: expect.stringContaining(why) as string,
  });

test('an issuer that is removed while its keys are on their way is none', async () => {
  const row = await setting.trust({
    ...{ id: 'iss_slow', name: 'slow', issuer: 'https://slow.example', jwksUrl: jwks.url },
  });
  const { promise: asked, resolve: heard } = Promise.withResolvers<() => void>();
  jwks.answer = (_, response) =>
    heard(() => void response.end(JSON.stringify({ keys: [acme.jwk] })));
  const token = await tokenOf({ iss: row.issuer });

  const checking = checked(token).catch((error: unknown) => error);
  const answer = await asked;
  await setting.change({ ...row, removedAt: 1 });
  answer();

  expect(await checking).toEqual(refusedAs('not trusted any more'));
});

test('a token of a trusted issuer leads to a person', async () => {
  expect(await checked(tokenOf())).toEqual({
    appId: 'default',
    userId: 'acme/alice',
    clientId: '',
    deviceId: '',
  });
});

describe('what is no token of a trusted issuer', () => {
  test.each(['', '.', '..', 'a.b.c', 'e30.e30', 'e30.bnVsbA.AA', '{}', 'é.é.é'])(
    '%j is refused',
    async (token) => {
      await expect(checked(token)).rejects.toEqual(refusedAs('no JWT'));
    },
  );

  test('more than 16 KiB are refused, unread', async () => {
    const token = await tokenOf({ padding: 'x'.repeat(13_000) });
    expect(token.length).toBeGreaterThan(16_384);
    await expect(checked(token)).rejects.toEqual(refusedAs('too long'));
  });

  test('another issuer is refused, to the letter, and asked for nothing', async () => {
    for (const iss of [`${ISSUER}/`, ISSUER.toUpperCase(), 'alice', undefined, null, [ISSUER]]) {
      await expect(checked(tokenOf({ iss }))).rejects.toEqual(refusedAs('not trusted'));
    }
    expect(jwks.requests).toBe(0);
  });

  test('another app’s issuer is refused', async () => {
    await expect(checked(tokenOf(), 'other')).rejects.toEqual(refusedAs('not trusted'));
  });

  test('we ourselves are refused, whoever trusts us', async () => {
    const [us = ''] = setting.ownIssuers;
    await setting.trust({ issuer: us, jwksUrl: jwks.url, name: 'us' });
    await expect(checked(tokenOf({ iss: us }))).rejects.toEqual(refusedAs('not trusted'));
    expect(jwks.requests).toBe(0);
  });

  test.each(['im+jwt', 'admin+jwt', 'IM+JWT', 'application/im+jwt', 'dpop+jwt', 'logout+jwt'])(
    'the kind %s is refused',
    async (typ) => {
      await expect(checked(tokenOf({}, { header: { typ } }))).rejects.toEqual(
        refusedAs('no proof of a login'),
      );
    },
  );

  test.each(['JWT', 'at+jwt', 'application/at+jwt', undefined])(
    'the kind %j is taken',
    async (typ) => {
      expect(await userOf(tokenOf({}, { header: { typ } }))).toBe('acme/alice');
    },
  );
});

describe('the audience', () => {
  test.each([['chat'], [['chat']], [['other', 'chat']]])('%j is taken', async (aud) => {
    expect(await userOf(tokenOf({ aud }))).toBe('acme/alice');
  });

  test.each([
    'other',
    'chat ',
    'CHAT',
    '',
    [],
    ['other'],
    [['chat']],
    { chat: 1 },
    null,
    undefined,
  ])('%j is refused', async (aud) => {
    await expect(checked(tokenOf({ aud }))).rejects.toEqual(refusedAs('audience'));
  });

  test('one issuer may speak for two audiences, under two names', async () => {
    await setting.trust({ issuer: ISSUER, jwksUrl: jwks.url, audience: 'shop', name: 'shop' });
    expect(await userOf(tokenOf({ aud: 'shop' }))).toBe('shop/alice');
    expect(await userOf(tokenOf({ aud: 'chat' }))).toBe('acme/alice');
  });
});

describe('the signature', () => {
  test('of a stranger is refused, under the kid of the issuer or his own', async () => {
    const header = { jwk: stranger.jwk };
    await expect(checked(tokenOf({}, { by: stranger, header }))).rejects.toEqual(
      refusedAs('signature'),
    );
    const named = { ...header, kid: 'stranger', jku: 'https://thief.example/jwks', x5c: ['MIIB'] };
    await expect(checked(tokenOf({}, { by: stranger, header: named }))).rejects.toEqual(
      refusedAs('no such key'),
    );
  });

  test('of another issuer that the app trusts is refused', async () => {
    const theirs = await JwksServer.start();
    theirs.serve({ keys: [stranger.jwk] });
    await setting.trust({ issuer: 'https://b.example', jwksUrl: theirs.url, name: 'b' });
    const header = { kid: 'stranger' };
    expect(await userOf(tokenOf({ iss: 'https://b.example' }, { by: stranger, header }))).toBe(
      'b/alice',
    );
    await expect(checked(tokenOf({}, { by: stranger, header }))).rejects.toEqual(
      refusedAs('no such key'),
    );
    await theirs.stop();
  });

  test.each(['none', 'None', 'NONE', 'nOnE', '', 'toString'])('alg %j is refused', async (alg) => {
    const [, claims] = (await tokenOf()).split('.');
    const header = Buffer.from(JSON.stringify({ alg, kid: 'one' })).toString('base64url');
    for (const signature of ['', 'AAAA']) {
      const token = `${header}.${claims}.${signature}`;
      await expect(checked(token)).rejects.toMatchObject({ code: 'invalid_grant' });
    }
  });

  test('HS256 with the public key in any of its forms is refused', async () => {
    const secrets = [
      JSON.stringify(acme.jwk),
      await exportSPKI(acme.publicKey),
      Buffer.from(acme.jwk.x ?? '', 'base64url'),
    ];
    const [, claims] = (await tokenOf()).split('.');
    const header = Buffer.from('{"alg":"HS256","kid":"one"}').toString('base64url');
    for (const secret of secrets) {
      const mac = createHmac('sha256', secret).update(`${header}.${claims}`).digest('base64url');
      const token = `${header}.${claims}.${mac}`;
      await expect(checked(token)).rejects.toEqual(refusedAs('alg'));
    }
  });

  test('of a key that its set shows as a secret, or with its private part, is refused', async () => {
    const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
    const leaked = { ...(await exportJWK(privateKey)), kid: 'leaked' };
    jwks.serve({ keys: [leaked, { kty: 'oct', kid: 'shared', alg: 'HS256', k: 'c2VjcmV0' }] });
    const by = { privateKey, publicKey, jwk: leaked };
    await expect(checked(tokenOf({}, { by, header: { kid: 'leaked' } }))).rejects.toEqual(
      refusedAs('no such key'),
    );
  });

  test('of a key that is for something else is refused', async () => {
    for (const said of [{ use: 'enc' }, { alg: 'ES384' }, { key_ops: ['encrypt'] }]) {
      const other = new TrustSetting();
      jwks.serve({ keys: [{ ...acme.jwk, ...said }] });
      await other.trust({ issuer: ISSUER, jwksUrl: jwks.url });
      await expect(other.check.check('default', await tokenOf())).rejects.toEqual(
        refusedAs('no such key'),
      );
    }
  });

  test('without a kid is taken where only one key can be meant', async () => {
    const header = { kid: undefined };
    expect(await userOf(tokenOf({}, { header }))).toBe('acme/alice');
    jwks.serve({ keys: [acme.jwk, stranger.jwk] });
    setting.clock.advance(300_000);
    await expect(checked(tokenOf({}, { header }))).rejects.toEqual(refusedAs('more than one'));
  });

  test('changed claims, and claims that are changed into others’, are refused', async () => {
    const [header, , signature] = (await tokenOf()).split('.');
    const [, claims] = (await tokenOf({ sub: 'bob' })).split('.');
    await expect(checked(`${header}.${claims}.${signature}`)).rejects.toEqual(
      refusedAs('signature'),
    );
  });

  test('what a header calls critical is refused', async () => {
    const token = tokenOf({}, { header: { crit: ['x'], x: 1 } });
    await expect(checked(token)).rejects.toMatchObject({ code: 'invalid_grant' });
  });
});

test('a storm of unknown key ids costs the issuer one request in half a minute', async () => {
  await checked(tokenOf());
  const storm = async () => {
    const tokens = await Promise.all(
      Array.from({ length: 200 }, (_, n) =>
        tokenOf({}, { by: stranger, header: { kid: `random-${n}` } }),
      ),
    );
    const outcomes = await Promise.allSettled(tokens.map((token) => checked(token)));
    return outcomes.filter(({ status }) => status === 'fulfilled').length;
  };
  expect(await storm()).toBe(0);
  expect(jwks.requests).toBe(1);
  setting.clock.advance(30_000);
  expect(await storm()).toBe(0);
  expect(await storm()).toBe(0);
  expect(jwks.requests).toBe(2);
  expect(await userOf(tokenOf())).toBe('acme/alice');
});

test('a storm of tokens of issuers that nobody trusts costs no request at all', async () => {
  await Promise.allSettled(
    Array.from({ length: 100 }, (_, n) => checked(tokenOf({ iss: `https://${n}.example` }))),
  );
  expect(jwks.requests).toBe(0);
});

describe('times', () => {
  const at = (seconds: number) => setting.clock.nowMs() / 1000 + seconds;

  test.each([
    ['exp', -59],
    ['nbf', 60],
    ['iat', 60],
    ['auth_time', 60],
    ['iat', -1e9],
    ['exp', 1e9],
  ])('%s %d seconds from now is taken', async (claim, seconds) => {
    expect(await userOf(tokenOf({ [claim]: at(seconds) }))).toBe('acme/alice');
  });

  test.each([
    ['exp', -60],
    ['nbf', 61],
    ['iat', 61],
    ['auth_time', 61],
  ])('%s %d seconds from now is refused', async (claim, seconds) => {
    const token = tokenOf({ [claim]: at(seconds) });
    await expect(checked(token)).rejects.toMatchObject({ code: 'invalid_grant' });
  });

  test('without exp it is refused', async () => {
    await expect(checked(tokenOf({ exp: undefined }))).rejects.toEqual(refusedAs('exp'));
  });

  test.each(['exp', 'nbf', 'iat', 'auth_time'])('%s of another type is refused', async (claim) => {
    for (const value of ['1800000300', null, [1], {}, true]) {
      const token = tokenOf({ [claim]: value });
      await expect(checked(token)).rejects.toMatchObject({ code: 'invalid_grant' });
    }
  });

  test('when the person was proven is handed on, where the token says it', async () => {
    const authTime = at(-1000);
    expect(await checked(tokenOf({ auth_time: authTime }))).toMatchObject({ authTime });
    expect(await checked(tokenOf())).not.toHaveProperty('authTime');
  });
});

describe('who it is', () => {
  const withRow = async (row: object) => {
    setting = new TrustSetting();
    await setting.trust({ issuer: ISSUER, jwksUrl: jwks.url, ...row });
  };

  test('a foreign alice is not the local one', async () => {
    expect(await userOf(tokenOf({ sub: 'alice' }))).not.toBe('alice');
  });

  test.each([
    ['{id}', 'alice'],
    ['{id}@{name}', 'alice@acme'],
    ['x-{name}.{id}', 'x-acme.alice'],
    ['$&{id}', '$&alice'],
  ])('the template %s makes %s', async (userIdTemplate, userId) => {
    await withRow({ userIdTemplate });
    expect(await userOf(tokenOf())).toBe(userId);
  });

  test.each([
    ['{name}', 'acme/{name}'],
    ['{id}', 'acme/{id}'],
    ["$&$1$'", "acme/$&$1$'"],
    ['../alice', 'acme/../alice'],
    ['Ж愛😀', 'acme/Ж愛😀'],
    ['e\u0301', 'acme/e\u0301'],
    ['\u00e9', 'acme/\u00e9'],
    ['x'.repeat(59), `acme/${'x'.repeat(59)}`],
    [42, 'acme/42'],
    [0, 'acme/0'],
    [-7, 'acme/-7'],
  ])('the id %j makes %s', async (sub, userId) => {
    expect(await userOf(tokenOf({ sub }))).toBe(userId);
  });

  test.each([
    ['nothing', undefined],
    ['an empty text', ''],
    ['null', null],
    ['an array', ['alice']],
    ['an object', { toString: 'alice' }],
    ['true', true],
    ['a fraction', 1.5],
    ['a number that is not exact', 2 ** 53],
    ['too long a text', 'x'.repeat(60)],
    ['too long a text of pairs', '😀'.repeat(30)],
    ['a colon', 'a:b'],
    ['a line end', 'a\nb'],
    ['a zero', 'a\u0000'],
    ['a control character of the second kind', 'a\u0085'],
    ['half a pair', 'a\ud83d'],
  ])('%s names nobody', async (_, sub) => {
    await expect(checked(tokenOf({ sub }))).rejects.toEqual(refusedAs('names nobody'));
  });

  test('another claim may name them, and no inherited one', async () => {
    await withRow({ userIdClaim: 'employee' });
    expect(await userOf(tokenOf({ employee: 'E7' }))).toBe('acme/E7');
    await expect(checked(tokenOf())).rejects.toEqual(refusedAs('names nobody'));
    await withRow({ userIdClaim: 'toString' });
    await expect(checked(tokenOf())).rejects.toEqual(refusedAs('names nobody'));
  });
});

test('no refusal holds anything of the token', async () => {
  const secret = 'do-not-tell';
  const tokens = await Promise.all([
    tokenOf({ iss: secret }),
    tokenOf({ aud: secret }),
    tokenOf({ sub: `${secret}:` }),
    tokenOf({ exp: secret }),
    tokenOf({ exp: 1, sub: secret }),
    tokenOf({ sub: secret }, { by: stranger }),
    tokenOf({ sub: secret }, { header: { kid: secret } }),
  ]);
  for (const token of tokens) {
    const error: unknown = await checked(token).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'invalid_grant' });
    expect(error).not.toHaveProperty('cause');
    expect(String(error)).not.toContain(secret);
    for (const part of token.split('.')) expect(String(error)).not.toContain(part);
  }
});
