/** Longest user, device and platform-independent id that callers may choose, in UTF-16 units. */
export const MAX_ID_LENGTH = 64;

/** Longest name for people, in UTF-16 units. */
export const NAME_LENGTH = 200;

// oxlint-disable-next-line no-control-regex -- control characters are what it looks for
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;

/**
 * What is wrong with an id chosen by a caller, or undefined. Ids hold no control characters and no
 * half of a surrogate pair: such halves all turn into the same character when they are stored.
 */
export function idProblem(id: string): string | undefined {
  return textProblem(id, MAX_ID_LENGTH);
}

/** The same for any text that must be stored and compared as it is, of so many UTF-16 units. */
export function textProblem(text: string, maxLength: number): string | undefined {
  if (text === '') return 'must not be empty';
  if (text.length > maxLength) return `must not be longer than ${maxLength} characters`;
  if (CONTROL.test(text)) return 'must not contain control characters';
  if (!text.isWellFormed()) return 'must be well-formed Unicode';
  return undefined;
}

const SLUG = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/** What is wrong with a text that {@link isSlug} refuses. */
export const SLUG_PROBLEM = 'must be 1 to 63 lower-case letters, digits and inner hyphens';

/** Whether a string can name an app, a client or an issuer: see {@link SLUG_PROBLEM}. */
export function isSlug(id: string): boolean {
  return SLUG.test(id);
}
