/** What people put between the digits. */
const SEPARATORS = /[\s().\-/\u2010-\u2015]/gu;
/** With the country code, and at most 15 digits (ITU-T E.164 §6). None is shorter than 7. */
const E164 = /^\+[1-9][0-9]{6,14}$/;
/** The trunk prefix of a country, which is not dialled from abroad. */
const TRUNK_PREFIX = /\(\s*0\s*\)/;
const MAX_WRITTEN = 40;

/**
 * What is wrong with a phone number, or undefined. It has a `+` and the country code; blanks,
 * hyphens, dots, slashes and parentheses may stand between the digits. Whether it can be called is
 * not known from its looks.
 */
export function phoneProblem(phone: string): string | undefined {
  if (TRUNK_PREFIX.test(phone)) return 'must not have a (0), which is not dialled from abroad';
  return phone.length <= MAX_WRITTEN && E164.test(phoneNumber(phone))
    ? undefined
    : 'must be a phone number with its country code, such as +49 30 901820';
}

/** The number in its normal form (E.164): `+` and digits. Of one without a {@link phoneProblem}. */
export function phoneNumber(phone: string): string {
  return phone.normalize('NFKC').replaceAll(SEPARATORS, '');
}
