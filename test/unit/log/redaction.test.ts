import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isSecretName, redact, redactText } from '../../../src/audit/redaction.js';
import { jwtLike } from './jwt-like.js';

const newSecret = (): string => randomBytes(24).toString('base64url');

describe('names of secrets', () => {
  it.each([
    'authorization',
    'Authorization',
    'proxy-authorization',
    'cookie',
    'set-cookie',
    'token',
    'accessToken',
    'refresh_token',
    'subject_token',
    'x-renewed-token',
    'secret',
    'clientSecret',
    'client_secret',
    'password',
    'currentPassword',
    'NEW_PASSWORD',
    'client_assertion',
    'masterKey',
    'privateKey',
    'recoveryCodes',
    'databaseUrl',
    'REDIS_URL',
    'smtpUrl',
    'COUNTERSIGN_SMS__WEBHOOK_URL',
    'COUNTERSIGN_APP_SECRET',
    'COUNTERSIGN_MASTER_KEY',
  ])('%s is one', (name) => {
    expect(isSecretName(name)).toBe(true);
    expect(redact({ [name]: 'anything' })).toEqual({ [name]: '(hidden)' });
  });

  it.each([
    'tokenId',
    'tokenType',
    'secretId',
    'userId',
    'kid',
    'keyId',
    'code',
    'passwordAge',
    'tokens',
  ])('%s is none', (name) => {
    expect(isSecretName(name)).toBe(false);
    expect(redact({ [name]: 'anything' })).toEqual({ [name]: 'anything' });
  });
});

describe('in objects', () => {
  it('secrets are found at any depth, in arrays and maps', () => {
    const secret = newSecret();
    const value = { body: [{ user: 'u1', headers: new Map([['authorization', secret]]) }] };
    expect(redact(value)).toEqual({
      body: [{ user: 'u1', headers: { authorization: '(hidden)' } }],
    });
  });

  it('an object under the name of a secret is hidden whole', () => {
    expect(redact({ secret: { id: 1, value: newSecret() } })).toEqual({ secret: '(hidden)' });
  });

  it('what is absent stays absent', () => {
    expect(redact({ token: undefined, password: null })).toEqual({
      token: undefined,
      password: null,
    });
  });

  it('the private part of a JWK is hidden, the public one is not', () => {
    const jwk = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({
      format: 'jwk',
    });
    expect(redact({ key: jwk })).toEqual({ key: { ...jwk, d: '(hidden)' } });
  });

  it('errors keep name, code and causes, and lose secrets', () => {
    const secret = newSecret();
    const cause = new Error(`connect postgres://broker:${secret}@db.internal/x failed`);
    const error = Object.assign(new TypeError('no', { cause }), { code: 'E1', password: secret });
    const result = redact({ err: error });
    expect(result).toMatchObject({
      err: {
        type: 'TypeError',
        message: 'no',
        code: 'E1',
        password: '(hidden)',
        cause: { message: 'connect postgres://broker:(hidden)@db.internal/x failed' },
      },
    });
    expect(JSON.stringify(result)).not.toContain(secret);
    expect(JSON.stringify(result)).toContain('redaction.test.ts');
  });

  it('a request is its method and URL', () => {
    const secret = newSecret();
    const request = new IncomingMessage(new Socket());
    Object.assign(request, { method: 'GET', url: `/ws?sendID=u1&token=${secret}` });
    request.headers.authorization = secret;
    expect(redact({ req: request })).toEqual({
      req: { method: 'GET', url: '/ws?sendID=u1&token=(hidden)' },
    });
  });

  it('bytes are their number', () => {
    expect(redact({ key: randomBytes(32) })).toEqual({ key: '(32 bytes)' });
  });

  it('cycles and great breadth end', () => {
    const loop: Record<string, unknown> = { wide: Array.from({ length: 100_000 }, () => 1) };
    loop['self'] = loop;
    expect(JSON.stringify(redact(loop)).length).toBeLessThan(10_000);
  });

  it('the original is left as it is', () => {
    const original = { token: newSecret(), list: [{ password: newSecret() }] };
    const copy = structuredClone(original);
    redact(original);
    expect(original).toEqual(copy);
  });
});

describe('in texts', () => {
  it.each([
    ['Bearer <secret>', 'Bearer (hidden)'],
    ['authorization: basic <secret>', 'authorization: basic (hidden)'],
    ['GET /ws?token=<secret>&platformID=5', 'GET /ws?token=(hidden)&platformID=5'],
    ['refresh_token=<secret>', 'refresh_token=(hidden)'],
    ['/login?code=<secret>', '/login?code=(hidden)'],
    ['redis://:<secret>@redis.internal:6379', 'redis://:(hidden)@redis.internal:6379'],
    ['body {"password":"<secret>","a":1}', 'body {"password":"(hidden)","a":1}'],
    [
      String.raw`"{\"clientSecret\": \"<secret>\"}"`,
      String.raw`"{\"clientSecret\": \"(hidden)\"}"`,
    ],
  ])('%s', (text, redacted) => {
    expect(redactText(text.replace('<secret>', newSecret()))).toBe(redacted);
  });

  it.each([
    'bearer authentication is needed',
    'basic understanding',
    'https://im.example.com:3000/auth/parse_token',
    'tokens.userTtlSeconds is 5',
    'file a.b.c.ts not found',
    'errorCode=1001 code=1001',
  ])('%s stays', (text) => {
    expect(redactText(text)).toBe(text);
  });

  it('no token survives, whatever stands around it', () => {
    fc.assert(
      fc.property(jwtLike, fc.string(), fc.string(), (token, before, after) => {
        const text = redactText(`${before}${token}${after}`);
        expect(text).not.toContain(token);
        expect(text).not.toContain(token.split('.')[2]);
      }),
    );
  });

  it('no token survives in any structure', () => {
    fc.assert(
      fc.property(
        jwtLike,
        fc.array(fc.string({ minLength: 1 }), { maxLength: 6 }),
        (token, path) => {
          const value = path.reduceRight<unknown>(
            (inner, key) => ({ [key]: [inner] }),
            `x ${token}`,
          );
          expect(JSON.stringify(redact({ value }))).not.toContain(token);
        },
      ),
    );
  });

  it.each(['eyJ', 'eyJabcdefgh.', 'a', 'a.', '://a:', 'bearer ', 'token=', '"token":"', '\\'])(
    'a megabyte of %j takes no more than a moment',
    (piece) => {
      const text = piece.repeat(1_000_000 / piece.length);
      const started = performance.now();
      redactText(text);
      expect(performance.now() - started).toBeLessThan(1000);
    },
  );
});
