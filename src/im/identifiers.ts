/** Longest user, device and platform-independent id that callers may choose, in UTF-16 units. */
export const MAX_ID_LENGTH = 64;

// oxlint-disable-next-line no-control-regex -- control characters are what it looks for
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;

/**
 * What is wrong with an id chosen by a caller, or undefined. Ids hold no control characters and no
 * half of a surrogate pair: such halves all turn into the same character when they are stored.
 */
export function idProblem(id: string): string | undefined {
  if (id === '') return 'must not be empty';
  if (id.length > MAX_ID_LENGTH) return `must not be longer than ${MAX_ID_LENGTH} characters`;
  if (CONTROL.test(id)) return 'must not contain control characters';
  if (!id.isWellFormed()) return 'must be well-formed Unicode';
  return undefined;
}

const APP_ID = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/** Whether a string can name an app: lower-case letters, digits and inner hyphens, 1 to 63. */
export function isAppId(id: string): boolean {
  return APP_ID.test(id);
}
