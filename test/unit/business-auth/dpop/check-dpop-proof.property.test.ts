import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { CheckDpopProof } from '../../../../src/business-auth/dpop/check-dpop-proof.js';
import { BrokerError } from '../../../../src/common/errors.js';
import { MemoryReplayGuard } from '../../../../src/stores/memory/memory-replay-guard.js';
import { ManualClock } from '../../../support/manual-clock.js';
import { compact, ProofMaker, shown, URL_OF_CALL } from './proof-maker.js';

const clock = new ManualClock();
const proofs = new CheckDpopProof(new MemoryReplayGuard(clock), clock);

let maker: ProofMaker;
beforeAll(async () => {
  maker = await ProofMaker.of('ES256');
});

/** How a proof is refused; `taken` where it is not, and what else is thrown, if anything. */
async function outcomeOf(proof: string): Promise<unknown> {
  try {
    await proofs.check(shown(proof));
    return 'taken';
  } catch (error) {
    return error instanceof BrokerError ? error.code : error;
  }
}

const REFUSED = 'invalid_dpop_proof';

test('a good proof of which one character is changed is refused, and nothing else happens', async () => {
  const proof = await maker.make(clock.nowMs());
  await fc.assert(
    fc.asyncProperty(
      fc.nat({ max: proof.length - 1 }),
      fc.oneof(
        fc.constantFrom(...'AZaz09-_.=, +/'),
        fc.string({ unit: 'binary', minLength: 0, maxLength: 2 }),
      ),
      async (at, other) => {
        fc.pre(other !== proof[at]);
        const mangled = proof.slice(0, at) + other + proof.slice(at + 1);
        fc.pre(mangled.trim() !== proof);
        expect(await outcomeOf(mangled)).toBe(REFUSED);
      },
    ),
    { numRuns: 500 },
  );
});

test('whatever is shown as a proof is refused, and nothing else happens', async () => {
  const segment = fc.oneof(fc.string({ unit: 'binary' }), fc.base64String(), fc.constant('e30'));
  await fc.assert(
    fc.asyncProperty(fc.array(segment, { maxLength: 6 }), async (segments) => {
      expect(await outcomeOf(segments.join('.'))).toBe(REFUSED);
    }),
    { numRuns: 500 },
  );
});

test('whatever the header says besides, no key but its own signs', async () => {
  const jwk = fc.oneof(
    fc.jsonValue(),
    fc.record({
      kty: fc.constantFrom('EC', 'RSA', 'OKP', 'oct', 'AKP', '__proto__'),
      crv: fc.constantFrom('P-256', 'P-384', 'Ed25519', 'X25519', 'constructor', ''),
      x: fc.base64String(),
      y: fc.base64String(),
      n: fc.base64String({ maxLength: 400 }),
      e: fc.constantFrom('AQAB', 'AQ', ''),
    }),
  );
  const alg = fc.oneof(
    fc.constantFrom('ES256', 'ES384', 'RS256', 'PS256', 'EdDSA', 'Ed25519', 'none', 'HS256'),
    fc.string(),
  );
  const signature = fc.uint8Array({ maxLength: 300 });
  await fc.assert(
    fc.asyncProperty(jwk, alg, fc.jsonValue(), signature, async (key, name, claims, bytes) => {
      const header = { typ: 'dpop+jwt', alg: name, jwk: key };
      const proof = compact(header, claims, Buffer.from(bytes).toString('base64url'));
      expect(await outcomeOf(proof)).toBe(REFUSED);
    }),
    { numRuns: 500 },
  );
});

test('whatever a key signs, it is taken only for this call, at this time', async () => {
  const right = { htm: 'POST', htu: URL_OF_CALL, iat: clock.nowMs() / 1000 };
  const wrong = fc.constantFrom('htm', 'htu', 'iat', 'jti');
  await fc.assert(
    fc.asyncProperty(wrong, fc.jsonValue(), async (claim, value) => {
      // Few values are right by accident; a text is a right jti.
      fc.pre(claim !== 'jti' || typeof value !== 'string' || value === '');
      const claims = { jti: crypto.randomUUID(), ...right, [claim]: value };
      expect(await outcomeOf(await maker.sign(JSON.stringify(claims)))).toBe(REFUSED);
    }),
    { numRuns: 300 },
  );
});
