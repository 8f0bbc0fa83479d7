import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  CheckDpopProof,
  DPOP_ALGORITHMS,
} from '../../../../src/business-auth/dpop/check-dpop-proof.js';
import { ReplayGuard } from '../../../../src/ports/replay-guard.port.js';
import { MemoryReplayGuard } from '../../../../src/stores/memory/memory-replay-guard.js';
import { ManualClock } from '../../../support/manual-clock.js';

const URL_ASKED = 'https://auth.example/v1/auth/refresh';
const NOW = 1_800_000_000;

interface Key {
  readonly privateKey: CryptoKey;
  readonly jwk: JWK;
}

async function newKey(alg: string): Promise<Key> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  return { privateKey, jwk: await exportJWK(publicKey) };
}

interface Parts {
  readonly header?: Readonly<Record<string, unknown>>;
  readonly claims?: Readonly<Record<string, unknown>>;
}

let count = 0;

function proofOf(key: Key, { header = {}, claims = {} }: Parts = {}): Promise<string> {
  count += 1;
  return new SignJWT({ htm: 'POST', htu: URL_ASKED, iat: NOW, jti: `jti-${count}`, ...claims })
    .setProtectedHeader({ typ: 'dpop+jwt', alg: 'ES256', jwk: key.jwk, ...header })
    .sign(key.privateKey);
}

function checker(guard?: ReplayGuard) {
  const clock = new ManualClock(NOW * 1000);
  const checks = new CheckDpopProof(guard ?? new MemoryReplayGuard(clock), clock);
  const check = (proof: string | readonly string[], more: object = {}) =>
    checks.check({ proof, method: 'POST', url: URL_ASKED, ...more });
  return { clock, check };
}

const refused = { code: 'invalid_dpop_proof' };

describe('a DPoP proof (RFC 9449 §4.3)', () => {
  let key: Key;
  beforeAll(async () => {
    key = await newKey('ES256');
  });

  it.each(DPOP_ALGORITHMS)('signed with %s is taken, and names its key', async (alg) => {
    const own = await newKey(alg);
    const proof = await proofOf(own, { header: { alg } });
    expect(await checker().check(proof)).toBe(await calculateJwkThumbprint(own.jwk));
  });

  it('(1) there is one of, not two and not none', async () => {
    const [one, two] = [await proofOf(key), await proofOf(key)];
    const { check } = checker();
    await expect(check(`${one}, ${two}`)).rejects.toMatchObject(refused);
    await expect(check([one, two])).rejects.toMatchObject(refused);
    await expect(check([])).rejects.toMatchObject(refused);
    await expect(check('')).rejects.toMatchObject(refused);
    expect(await check([one])).toBeTypeOf('string');
  });

  it.each([
    ['(2) that is no JWS', () => 'a.b.c'],
    ['(3) without an iat', (own: Key) => proofOf(own, { claims: { iat: undefined } })],
    ['(3) without a jti', (own: Key) => proofOf(own, { claims: { jti: undefined } })],
    ['(3) with an empty jti', (own: Key) => proofOf(own, { claims: { jti: '' } })],
    [
      '(3) with a jti without end',
      (own: Key) => proofOf(own, { claims: { jti: 'j'.repeat(257) } }),
    ],
    ['(4) of another type', (own: Key) => proofOf(own, { header: { typ: 'at+jwt' } })],
    ['(4) of no type', (own: Key) => proofOf(own, { header: { typ: undefined } })],
    [
      '(5) without a signature',
      async (own: Key) => {
        const [, claims] = (await proofOf(own)).split('.');
        const header = { typ: 'dpop+jwt', alg: 'none', jwk: own.jwk };
        return `${Buffer.from(JSON.stringify(header)).toString('base64url')}.${claims}.`;
      },
    ],
    [
      '(5) with a symmetric key',
      () =>
        new SignJWT({ htm: 'POST', htu: URL_ASKED, iat: NOW, jti: 'sym' })
          .setProtectedHeader({
            typ: 'dpop+jwt',
            alg: 'HS256',
            jwk: { kty: 'oct', k: Buffer.alloc(32).toString('base64url') } as JWK,
          })
          .sign(Buffer.alloc(32)),
    ],
    [
      '(6) of another key than the one in it',
      async (own: Key) => proofOf({ ...own, jwk: (await newKey('ES256')).jwk }),
    ],
    [
      '(7) that shows its private key',
      async (own: Key) => proofOf({ ...own, jwk: await exportJWK(own.privateKey) }),
    ],
    ['without a key', (own: Key) => proofOf(own, { header: { jwk: undefined } })],
    ['(8) for another method', (own: Key) => proofOf(own, { claims: { htm: 'GET' } })],
    [
      '(8) for the method in other letters',
      (own: Key) => proofOf(own, { claims: { htm: 'post' } }),
    ],
    [
      '(9) for another path',
      (own: Key) => proofOf(own, { claims: { htu: 'https://auth.example/v1/auth/login' } }),
    ],
    [
      '(9) for another host',
      (own: Key) => proofOf(own, { claims: { htu: 'https://evil.example/v1/auth/refresh' } }),
    ],
    [
      '(9) for the same in clear',
      (own: Key) => proofOf(own, { claims: { htu: 'http://auth.example/v1/auth/refresh' } }),
    ],
    ['(9) for no URL', (own: Key) => proofOf(own, { claims: { htu: 'refresh' } })],
    ['(11) of long ago', (own: Key) => proofOf(own, { claims: { iat: NOW - 61 } })],
    ['(11) of the future', (own: Key) => proofOf(own, { claims: { iat: NOW + 61 } })],
    ['(11) of no time', (own: Key) => proofOf(own, { claims: { iat: '1800000000' } })],
    ['without end', (own: Key) => proofOf(own, { claims: { pad: 'x'.repeat(9000) } })],
  ] as const)('%s is refused', async (_, make) => {
    await expect(checker().check(await make(key))).rejects.toMatchObject(refused);
  });

  it.each([
    `${URL_ASKED}?x=y`,
    `${URL_ASKED}#part`,
    'HTTPS://AUTH.example:443/v1/auth/refresh',
    'https://auth.example/v1/../v1/auth/refresh',
  ])('(9) for %s is for the same URL', async (htu) => {
    expect(await checker().check(await proofOf(key, { claims: { htu } }))).toBeTypeOf('string');
  });

  it('(12) shown with an access token must be made for it', async () => {
    const accessToken = 'token';
    const ath = createHash('sha256').update(accessToken).digest('base64url');
    const { check } = checker();
    expect(await check(await proofOf(key, { claims: { ath } }), { accessToken })).toBeTypeOf(
      'string',
    );
    const other = createHash('sha256').update('other').digest('base64url');
    for (const claims of [{ ath: other }, {}]) {
      const shown = check(await proofOf(key, { claims }), { accessToken });
      await expect(shown).rejects.toMatchObject(refused);
    }
  });

  it('is used once: of fifty at once one gets through', async () => {
    const { check } = checker();
    const proof = await proofOf(key);
    const uses = await Promise.allSettled(Array.from({ length: 50 }, () => check(proof)));
    expect(uses.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('is refused as used for as long as its iat could be taken', async () => {
    const { check, clock } = checker();
    const proof = await proofOf(key, { claims: { iat: NOW + 60 } });
    await check(proof);
    clock.advance(120_000);
    await expect(check(proof)).rejects.toMatchObject(refused);
  });

  it('of another key may have the same jti', async () => {
    const { check } = checker();
    const claims = { jti: 'same' };
    await check(await proofOf(key, { claims }));
    await check(await proofOf(await newKey('ES256'), { claims }));
    await expect(check(await proofOf(key, { claims }))).rejects.toMatchObject(refused);
  });

  it('that is not good is never remembered', async () => {
    const guard = new (class extends ReplayGuard {
      asked = 0;
      override firstUse(): Promise<boolean> {
        this.asked += 1;
        return Promise.resolve(true);
      }
    })();
    const { check } = checker(guard);
    for (const claims of [{ htm: 'GET' }, { iat: NOW - 100 }, { htu: 'https://x.example/' }]) {
      await expect(check(await proofOf(key, { claims }))).rejects.toMatchObject(refused);
    }
    expect(guard.asked).toBe(0);
  });

  it('mangled in any way is refused, and in no other words than those of a refusal', async () => {
    const proof = await proofOf(key);
    await fc.assert(
      fc.asyncProperty(
        fc.nat({ max: proof.length - 1 }),
        fc.oneof(fc.constantFrom('', '.', '..', '=', '\u0000', '🦦'), fc.string({ maxLength: 3 })),
        async (at, text) => {
          const mangled = proof.slice(0, at) + text + proof.slice(at + 1);
          const { check } = checker();
          const outcome: unknown = await check(mangled).catch((error: unknown) => error);
          // The last characters of a signature can be spelled in several ways.
          if (typeof outcome === 'string')
            expect(mangled.trim().slice(0, -2)).toBe(proof.slice(0, -2));
          else expect(outcome).toMatchObject(refused);
        },
      ),
      { numRuns: 300 },
    );
  });
});
