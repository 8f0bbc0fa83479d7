import { describe, expect, it } from 'vitest';
import { emailKey } from '../../../../src/business-auth/names/email.js';
import { foldCase } from '../../../../src/business-auth/names/fold-case.js';
import { usernameKey } from '../../../../src/business-auth/names/username.js';

const cased = Array.from({ length: 0x1_10000 }, (_, codePoint) => codePoint)
  .filter((codePoint) => codePoint < 0xd800 || codePoint > 0xdfff)
  .map((codePoint) => String.fromCodePoint(codePoint))
  .filter((letter) => /\p{Cased}|\p{Changes_When_NFKC_Casefolded}/u.test(letter));

function varied(
  key: (text: string) => string,
  write: (letter: string) => string = (letter) => letter,
): string[] {
  return cased.filter((letter) => {
    const own = key(write(letter));
    const others = [own, write(letter.toUpperCase()), write(letter.toLowerCase())];
    return others.some((other) => key(other) !== own);
  });
}

describe('folding of case', () => {
  it('makes one of ẞ, ß and ss, and of every sigma', () => {
    expect(['groẞ', 'groß', 'GROSS', 'Gross'].map(foldCase)).toEqual(Array(4).fill('gross'));
    expect(['ΟΔΟΣ', 'οδος', 'οδοσ'].map(foldCase)).toEqual(Array(3).fill('οδοσ'));
  });

  it('leaves each letter of Unicode one key in every case, and each key its own key', () => {
    expect(cased.length).toBeGreaterThan(4000);
    expect(varied(foldCase)).toEqual([]);
    expect(varied(usernameKey)).toEqual([]);
    expect(varied(emailKey, (letter) => `a${letter}b@example.com`)).toEqual([]);
  });
});
