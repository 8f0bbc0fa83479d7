import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LOOK_ALIKES } from '../../../../src/business-auth/names/look-alikes.js';
import { usernameKey, usernameProblem } from '../../../../src/business-auth/names/username.js';
import { username } from './names.arbitrary.js';

const anyText = fc.string({ unit: 'binary', maxLength: 80 });
const form = fc.constantFrom('NFC', 'NFD', 'NFKC', 'NFKD');

describe('the key of a username', () => {
  it('is its own key, whatever the text', () => {
    fc.assert(
      fc.property(fc.oneof(username, anyText, fc.string({ unit: 'grapheme' })), (text) => {
        expect(usernameKey(usernameKey(text))).toBe(usernameKey(text));
      }),
      { numRuns: 2000 },
    );
  });

  it('is that of the name in any case and any normal form', () => {
    fc.assert(
      fc.property(username, form, form, (name, one, other) => {
        const key = usernameKey(name);
        expect(usernameKey(name.normalize(one))).toBe(key);
        expect(usernameKey(name.normalize(one).toUpperCase().normalize(other))).toBe(key);
        expect(usernameKey(name.toLowerCase())).toBe(key);
      }),
      { numRuns: 1000 },
    );
  });

  it('does not change when any of its letters is replaced by a look-alike', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom(...LOOK_ALIKES), fc.nat()), { minLength: 1 }),
        (letters) => {
          const plain = letters.map(([[prototype]]) => prototype).join('a');
          const others = letters.map(([[, alike], n]) => [...alike][n % [...alike].length]);
          expect(usernameKey(others.join('a'))).toBe(usernameKey(plain));
        },
      ),
    );
  });

  it('is bounded by the length of the name', () => {
    fc.assert(
      fc.property(username, (name) => {
        fc.pre(usernameProblem(name) === undefined);
        expect(usernameKey(name).length).toBeLessThanOrEqual(3 * 64);
      }),
    );
  });
});

describe('a username that may be taken', () => {
  it('may be written in any normal form', () => {
    fc.assert(
      fc.property(fc.oneof(username, anyText), form, (name, written) => {
        expect(usernameProblem(name.normalize(written))).toBe(usernameProblem(name));
      }),
      { numRuns: 1000 },
    );
  });

  it('is the rule for names in one script', () => {
    const names = fc.sample(username, { numRuns: 500, seed: 1 });
    const taken = names.filter((name) => usernameProblem(name) === undefined);
    expect(taken.length).toBeGreaterThan(450);
  });

  it('holds nothing invisible and no second line', () => {
    const hidden = /[\p{C}\p{Z}\p{Default_Ignorable_Code_Point}]/u;
    fc.assert(
      fc.property(
        fc.array(fc.oneof(username, anyText)).map((parts) => parts.join('')),
        (name) => {
          fc.pre(hidden.test(name));
          expect(usernameProblem(name)).toBeDefined();
        },
      ),
    );
  });
});

describe('the table of look-alikes', () => {
  it('maps each letter once, and to what is not mapped itself', () => {
    const letters = LOOK_ALIKES.flatMap(([, alike]) => [...alike]);
    expect(new Set(letters).size).toBe(letters.length);
    const prototypes = LOOK_ALIKES.flatMap(([prototype]) => [...prototype]);
    expect(prototypes.filter((letter) => letters.includes(letter))).toEqual([]);
  });

  it('holds what has been folded and decomposed, for nothing else is looked up', () => {
    const letters = LOOK_ALIKES.flatMap(([, alike]) => [...alike]);
    const folded = (letter: string): string =>
      letter.normalize('NFKD').toUpperCase().toLowerCase().normalize('NFKD');
    expect(letters.filter((letter) => folded(letter) !== letter)).toEqual([]);
  });
});
