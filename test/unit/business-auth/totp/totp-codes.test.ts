import fc from 'fast-check';
import { generateSync } from 'otplib';
import { describe, expect, it } from 'vitest';
import {
  newTotpSecret,
  otpauthUri,
  totpStepOf,
} from '../../../../src/business-auth/totp/totp-codes.js';
import { SystemEntropy } from '../../../../src/common/ids.js';

/** "12345678901234567890", the secret of RFC 6238, appendix B, in Base32. */
const secret = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';
const never = -1;
/** The first step whose code is that of the next one, too. */
const SHARED_STEP = 910_737;

/** The code of a time step. */
function codeAt(step: number): string {
  return generateSync({ secret, epoch: step * 30 });
}

describe('a TOTP code', () => {
  // RFC 6238, appendix B, mode SHA1; of its eight digits ours are the last six.
  it.each([
    [59, 0x1, '94287082'],
    [1_111_111_109, 0x23523ec, '07081804'],
    [1_111_111_111, 0x23523ed, '14050471'],
    [1_234_567_890, 0x273ef07, '89005924'],
    [2_000_000_000, 0x3f940aa, '69279037'],
    [20_000_000_000, 0x27bc86aa, '65353130'],
  ])('is that of RFC 6238 at %i seconds', (seconds, step, code) => {
    expect(totpStepOf(secret, code.slice(2), seconds, never)).toBe(step);
  });

  it('is good for its time step, the one before and the one after, to the second', () => {
    const code = codeAt(100);
    const good = (seconds: number): number | undefined => totpStepOf(secret, code, seconds, never);
    expect([2969, 2970, 3000, 3029, 3030, 3059, 3060].map(good)).toEqual([
      undefined,
      100,
      100,
      100,
      100,
      100,
      undefined,
    ]);
  });

  it('is taken once, and none of a step before it afterwards', () => {
    expect(totpStepOf(secret, codeAt(100), 3000, 99)).toBe(100);
    expect(totpStepOf(secret, codeAt(100), 3000, 100)).toBeUndefined();
    expect(totpStepOf(secret, codeAt(99), 3000, 100)).toBeUndefined();
    expect(totpStepOf(secret, codeAt(101), 3000, 100)).toBe(101);
    expect(totpStepOf(secret, codeAt(101), 3000, 5000)).toBeUndefined();
  });

  it('that two steps share counts for the later one, so that it is not taken for the other again', () => {
    const code = codeAt(SHARED_STEP);
    expect(codeAt(SHARED_STEP + 1)).toBe(code);
    expect(totpStepOf(secret, code, SHARED_STEP * 30, never)).toBe(SHARED_STEP + 1);
    expect(totpStepOf(secret, code, SHARED_STEP * 30, SHARED_STEP + 1)).toBeUndefined();
  });

  it('may have blanks', () => {
    expect(totpStepOf(secret, '287 082', 59, never)).toBe(1);
  });

  it.each(['', '28708', '2870820', '94287082', '28708x', '٢٨٧٠٨٢', '-87082', '2.7082', '287082\n'])(
    'has six digits, unlike %j',
    (code) => {
      expect(totpStepOf(secret, code, 59, never)).toBeUndefined();
    },
  );

  it('exists in the first half minute of 1970, too', () => {
    expect(totpStepOf(secret, codeAt(0), 0, never)).toBe(0);
    expect(totpStepOf(secret, '000000', 0, never)).toBeUndefined();
  });

  it('is of one secret', () => {
    fc.assert(
      fc.property(fc.nat({ max: 100_000_000 }), (step) => {
        const other = newTotpSecret(new SystemEntropy());
        // One in a million is.
        const codes = [step - 1, step, step + 1].map((at) =>
          generateSync({ secret: other, epoch: Math.max(0, at) * 30 }),
        );
        fc.pre(!codes.includes(codeAt(step)));
        expect(totpStepOf(other, codeAt(step), step * 30, never)).toBeUndefined();
        expect(totpStepOf(secret, codeAt(step), step * 30, step - 1)).toBe(step);
      }),
    );
  });
});

describe('a TOTP secret', () => {
  it('has 160 random bits', () => {
    const entropy = new SystemEntropy();
    const secrets = Array.from({ length: 100 }, () => newTotpSecret(entropy));
    expect(secrets.every((one) => /^[A-Z2-7]{32}$/.test(one))).toBe(true);
    expect(new Set(secrets).size).toBe(100);
  });

  it('is told to an authenticator app, with the names of the issuer and the account', () => {
    const uri = new URL(otpauthUri('Example & Co', 'alice+im@example.com', secret));
    expect(uri.protocol).toBe('otpauth:');
    expect(uri.host).toBe('totp');
    expect(decodeURIComponent(uri.pathname)).toBe('/Example & Co:alice+im@example.com');
    expect(Object.fromEntries(uri.searchParams)).toEqual({ secret, issuer: 'Example & Co' });
  });
});
