import { foldCase } from './fold-case.js';
import { LOOK_ALIKES } from './look-alikes.js';
import { isInOneScript } from './one-script.js';

/** Fewest and most characters of a username, as code points of its NFKC form. */
const MIN_CHARACTERS = 3;
const MAX_CHARACTERS = 64;
/** UTF-16 units beyond which no name can be composed to 64 characters, so that none is tried. */
const MAX_UNITS = 1024;

const ALLOWED = /^[\p{L}\p{M}\p{Nd}._@+-]*$/u;
/** Invisible letters and marks, such as Hangul's fillers and variation selectors. */
const INVISIBLE = /\p{Default_Ignorable_Code_Point}/u;
/** Letters of no script, such as stress marks. */
const LETTER_OF_NO_SCRIPT = /[\p{L}&&\p{scx=Common}]/v;
const BEGINS_WELL = /^[\p{L}\p{Nd}]/u;
const ENDS_WELL = /[\p{L}\p{Nd}]\p{M}*$/u;
/** Marks on what is no letter, lines through letters, the same mark twice, or five (UTS #39 §5.4). */
const PILED_MARKS = /[^\p{L}\p{M}]\p{M}|[\u0334-\u0338]|(\p{Mn})\1|\p{Mn}{5}/u;
const RIGHT_TO_LEFT = /[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Thaana}]/u;
const BEGINS_RIGHT_TO_LEFT = /^(?=\p{L})[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Thaana}]/u;
const LEFT_TO_RIGHT = /[\p{L}--[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Thaana}]]/v;
/** Names of Greek letters that look like Latin ones, and with a capital that is another one's. */
const GREEK_AS_LATIN = /^(?=.*[ΝΥ])[ΑΒΕΖΗΙΚΜΝΟΡΤΥΧαικνορυγ0-9._@+-]*$/u;

const LOOKS_LIKE: ReadonlyMap<string, string> = new Map(
  LOOK_ALIKES.flatMap(([prototype, letters]) =>
    Array.from(letters, (letter): [string, string] => [letter, prototype]),
  ),
);
/** A letter with a dot of its own, which another one above (U+0307) does not change. */
const DOTTED = /[lj]\p{M}+/gu;
/** Rounds after which a key has long settled; the tests show that it does. */
const MAX_ROUNDS = 8;

/**
 * What is wrong with a username, or undefined. Usernames follow the UsernameCaseMapped profile of
 * PRECIS (RFC 8265 §3.3) in what matters, and are stricter: 3 to 64 letters, digits and `.` `_` `-`
 * `@` `+`, in one script (an email address: one on each side of the `@`), from a letter or digit to
 * a letter or digit. All of this is asked of the NFKC form.
 */
export function usernameProblem(name: string): string | undefined {
  const length = `must have from ${MIN_CHARACTERS} to ${MAX_CHARACTERS} characters`;
  if (name.length > MAX_UNITS) return length;
  const normal = name.normalize('NFKC');
  const characters = Array.from(normal).length;
  if (characters < MIN_CHARACTERS || characters > MAX_CHARACTERS) return length;
  return charactersProblem(normal) ?? directionProblem(normal) ?? likenessProblem(normal);
}

function charactersProblem(name: string): string | undefined {
  if (!ALLOWED.test(name) || INVISIBLE.test(name) || LETTER_OF_NO_SCRIPT.test(name)) {
    return 'must hold nothing but letters, digits and . _ - @ +';
  }
  if (!BEGINS_WELL.test(name) || !ENDS_WELL.test(name)) {
    return 'must begin and end with a letter or digit';
  }
  return PILED_MARKS.test(name.normalize('NFD'))
    ? 'must have marks on letters only, and few of them'
    : undefined;
}

/** The Bidi Rule (RFC 5893 §2), for whole names: what is read depends on nothing around them. */
function directionProblem(name: string): string | undefined {
  if (!RIGHT_TO_LEFT.test(name)) return undefined;
  if (LEFT_TO_RIGHT.test(name)) return 'must be written in one direction';
  return BEGINS_RIGHT_TO_LEFT.test(name)
    ? undefined
    : 'must begin with a letter, as it is written from right to left';
}

function likenessProblem(name: string): string | undefined {
  if (!name.split('@').every(isInOneScript)) {
    return 'must not mix scripts, and be in one that is in common use';
  }
  if (kindsOfDigits(name) > 1) return 'must not mix kinds of digits';
  return GREEK_AS_LATIN.test(name) ? 'must not look like a name in Latin letters' : undefined;
}

/** Unicode has each kind of digits in a column of sixteen of its own. */
function kindsOfDigits(name: string): number {
  const digits = name.match(/\p{Nd}/gu) ?? [];
  return new Set(digits.map((digit) => (digit.codePointAt(0) ?? 0) >> 4)).size;
}

/**
 * What names are unique by, and found by at login: the skeleton of UTS #39 §4 after NFKC and case
 * folding, so that names which differ in case, in compatible forms, or only to a computer have the
 * same key. To be compared, not shown: `m` becomes `rn`, and `0`, `1` and `i` become `o` and `l`,
 * so "neil" can't be registered beside "nell". Of any text, also of one that is no username;
 * `usernameKey(usernameKey(name)) === usernameKey(name)`.
 */
export function usernameKey(name: string): string {
  let key = name;
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const next = skeleton(key);
    if (next === key) break;
    key = next;
  }
  return key;
}

function skeleton(text: string): string {
  const letters = foldCase(text.normalize('NFKD')).normalize('NFKD');
  const seen = Array.from(letters, (letter) => LOOKS_LIKE.get(letter) ?? letter).join('');
  return seen
    .normalize('NFD')
    .replaceAll(DOTTED, (marked) => marked.replaceAll('\u0307', ''))
    .normalize('NFKC');
}
