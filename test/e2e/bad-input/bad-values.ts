/** A value that a field must not have, and what is wrong with it. */
export type BadValue = readonly [what: string, value: unknown];

/** Stands for a field that is left out. */
export const MISSING = Symbol('missing');

const NO_STRING: readonly BadValue[] = [
  ['missing', MISSING],
  ['null', null],
  ['a number', 7],
  ['true', true],
  ['a list', ['a']],
  ['an object', { a: 1 }],
];

const BROKEN_TEXT: readonly BadValue[] = [
  ['with a NUL', 'a\u0000b'],
  ['half a surrogate pair', 'a\ud83d'],
  ['the other half', '\ude00a'],
];

/** What an id must not be: empty, long, or with anything that cannot be seen. */
export const BAD_ID: readonly BadValue[] = [
  ...NO_STRING,
  ['empty', ''],
  ['of 65 characters', 'x'.repeat(65)],
  ['of a million characters', 'x'.repeat(1_000_000)],
  ['with a tab', 'a\tb'],
  ['with a line end', 'a\nb'],
  ['with DEL', 'a\u007fb'],
  ['with a C1 control', 'a\u0085b'],
  ...BROKEN_TEXT,
];

export const BAD_PLATFORM: readonly BadValue[] = [
  ['missing', MISSING],
  ['null', null],
  ['a text', '1'],
  ['true', true],
  ['a list', [1]],
  ['0', 0],
  ['-1', -1],
  ['12', 12],
  ['1.5', 1.5],
  ['larger than an int32', 2 ** 40],
  ['larger than a safe integer', 2 ** 60],
];

/** What a text of at most so many characters must not be. It may be absent. */
export function badText(max: number): readonly BadValue[] {
  return [
    ['a number', 7],
    ['a list', ['a']],
    ['an object', {}],
    [`of ${max + 1} characters`, 'x'.repeat(max + 1)],
    ...BROKEN_TEXT,
  ];
}

/** What a credential must not be. */
export const BAD_SECRET: readonly BadValue[] = [...NO_STRING, ['very long', 's'.repeat(100_000)]];

export const BAD_TOKEN: readonly BadValue[] = NO_STRING;

export const BAD_IDS: readonly BadValue[] = [
  ['missing', MISSING],
  ['null', null],
  ['empty', []],
  ['a text', 'a'],
  ['an object', { 0: 'a' }],
  ['with a repeated id', ['a', 'b', 'a']],
  ['with a number', ['a', 1]],
  ['with null', [null]],
  ['with an empty id', ['a', '']],
  ['with a list', [['a']]],
  ['with a control character', ['a\u0000']],
  ['of 1001 ids', Array.from({ length: 1001 }, (_, n) => `u${n}`)],
];

export const BAD_TTL: readonly BadValue[] = [
  ['null', null],
  ['0', 0],
  ['-1', -1],
  ['1.5', 1.5],
  ['a text', '60'],
  ['too long', 10 ** 12],
  ['larger than a safe integer', 2 ** 60],
];

export const BAD_SCOPE: readonly BadValue[] = [
  ['null', null],
  ['a number', 1],
  ['empty', ''],
  ['a blank', ' '],
  ['with two blanks', 'a  b'],
  ['with a quote', 'a"b'],
  ['with a NUL', 'a\u0000'],
  ['with an umlaut', 'ä'],
  ['of 257 characters', 'x'.repeat(257)],
];
