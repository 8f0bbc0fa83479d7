import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { phoneNumber, phoneProblem } from '../../../../src/business-auth/names/phone.js';

describe('a phone number', () => {
  it.each([
    ['+4930901820', '+4930901820'],
    ['+49 30 90 18-20', '+4930901820'],
    ['+1 (212) 555-0123', '+12125550123'],
    ['+1.212.555.0123', '+12125550123'],
    ['+86 138 0013 8000', '+8613800138000'],
    ['+49 (30) 901820/17', '+493090182017'],
    ['+1\u00a0212\u2011555\u20110123', '+12125550123'],
    ['＋８６１３８００１３８０００', '+8613800138000'],
    ['+6834002', '+6834002'],
    ['+123456789012345', '+123456789012345'],
  ])('may be written %s, and is %s', (written, normal) => {
    expect(phoneProblem(written)).toBeUndefined();
    expect(phoneNumber(written)).toBe(normal);
  });

  it.each([
    '',
    '+',
    '030 901820',
    '0049 30 901820',
    '4930901820',
    '+0 30 901820',
    '+123456',
    '+1234567890123456',
    '+49 30 CALLME',
    '+49 30 901820 ext. 5',
    '+49 30 901820;+49 30 901821',
    '++4930901820',
    '+49+30901820',
    '+٤٩٣٠٩٠١٨٢٠',
    '+4930901820\u200b',
    `+49${' '.repeat(100)}30901820`,
  ])('has a country code and no more than 15 digits, unlike %s', (written) => {
    expect(phoneProblem(written)).toBe(
      'must be a phone number with its country code, such as +49 30 901820',
    );
  });

  it.each(['+49 (0)30 901820', '+44 ( 0 ) 20 7946 0958'])('has no trunk prefix: %s', (written) => {
    expect(phoneProblem(written)).toBe('must not have a (0), which is not dialled from abroad');
  });

  it('is the same however its digits are kept apart', () => {
    const digits = fc.stringMatching(/^[1-9][0-9]{6,14}$/);
    const between = fc.array(fc.constantFrom('', '', ' ', '-', '.', '/'), {
      minLength: 15,
      maxLength: 15,
    });
    fc.assert(
      fc.property(digits, between, (number, separators) => {
        const written = `+${[...number].map((digit, at) => digit + separators[at]).join('')}`;
        expect(phoneProblem(written)).toBeUndefined();
        expect(phoneNumber(written)).toBe(`+${number}`);
        expect(phoneNumber(phoneNumber(written))).toBe(`+${number}`);
      }),
    );
  });
});
