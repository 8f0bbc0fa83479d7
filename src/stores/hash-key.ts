import { hash } from 'node:crypto';

/** No byte of UTF-8. */
const ILL_FORMED = Buffer.of(0xff);

/** SHA-256 of any text, as base64url: two texts that differ do so here, half surrogates too. */
export function hashKey(text: string): string {
  if (text.isWellFormed()) return hash('sha256', text, 'base64url');
  // In UTF-8 every half surrogate would become the same replacement character.
  return hash('sha256', Buffer.concat([ILL_FORMED, Buffer.from(text, 'utf16le')]), 'base64url');
}
