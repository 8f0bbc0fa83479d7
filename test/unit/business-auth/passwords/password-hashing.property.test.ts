import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PasswordHashing } from '../../../../src/business-auth/passwords/password-hashing.js';

const hashing = new PasswordHashing({
  memoryKib: 8192,
  iterations: 1,
  parallelism: 1,
  hashesAtOnce: 1,
});
const password = fc.string({ unit: 'binary', maxLength: 100 });

describe('a password hash', () => {
  it('is one of every compatible form of its password', async () => {
    await fc.assert(
      fc.asyncProperty(
        password,
        fc.constantFrom('NFC', 'NFD', 'NFKC', 'NFKD'),
        async (written, form) => {
          const phc = await hashing.hash(written);
          expect(await hashing.verify(phc, written.normalize(form))).toBe(true);
        },
      ),
      { numRuns: 50 },
    );
  });

  it('is not one of a password with anything else in it', async () => {
    await fc.assert(
      fc.asyncProperty(password, password, async (written, other) => {
        fc.pre(written.normalize('NFKC') !== other.normalize('NFKC'));
        expect(await hashing.verify(await hashing.hash(written), other)).toBe(false);
      }),
      { numRuns: 50 },
    );
  });

  it('that is any text at all is refused without an error', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(fc.string(), fc.stringMatching(/^\$argon2id\$v=19\$m=\d{4},t=\d,p=\d\$\w*\$\w*$/)),
        async (phc) => {
          expect(await hashing.verify(phc, 'secret')).toBe(false);
        },
      ),
      { numRuns: 50 },
    );
  });
});
