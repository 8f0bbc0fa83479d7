import { domainToASCII } from 'node:url';
import { foldCase } from './fold-case.js';

/** Longest address and longest part before the `@`, in bytes (RFC 5321 §4.5.3.1). */
const MAX_BYTES = 254;
const MAX_LOCAL_BYTES = 64;

/** A dot-string (RFC 5321 §4.1.2), with letters, marks and digits of any script (RFC 6531 §3.3). */
const LOCAL =
  /^[\p{L}\p{M}\p{Nd}!#$%&'*+/=?^_`{|}~-]+(?:\.[\p{L}\p{M}\p{Nd}!#$%&'*+/=?^_`{|}~-]+)*$/u;
const WRITTEN_DOMAIN = /^[\p{L}\p{M}\p{Nd}.-]+$/u;
const INVISIBLE = /\p{Default_Ignorable_Code_Point}/u;
/** Labels of letters, digits and inner hyphens, two at least, and no number at the end. */
const DOMAIN = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?=[a-z0-9-]*[a-z])[a-z0-9-]{2,63}$/;

/**
 * What is wrong with an email address, or undefined. It is one that mail can be sent to and that
 * means nothing else in a header or an SMTP command: no quoted parts, no address literals, no
 * display names, and a domain with a dot. At most 254 bytes.
 */
export function emailProblem(email: string): string | undefined {
  if (email.length > MAX_BYTES) return `must not be longer than ${MAX_BYTES} bytes`;
  const { local, domain } = parts(email);
  if (!LOCAL.test(local) || INVISIBLE.test(email) || !WRITTEN_DOMAIN.test(domain)) {
    return 'must be an email address such as alice@example.com';
  }
  const ascii = domainToASCII(domain);
  if (!DOMAIN.test(ascii)) return 'must have the name of a domain after the @';
  if (Buffer.byteLength(local) > MAX_LOCAL_BYTES) {
    return `must not have more than ${MAX_LOCAL_BYTES} bytes before the @`;
  }
  return Buffer.byteLength(`${local}@${ascii}`) > MAX_BYTES
    ? `must not be longer than ${MAX_BYTES} bytes`
    : undefined;
}

/**
 * What addresses are compared by: NFKC, without case, the domain in Punycode. Look-alikes keep
 * apart. Mail goes to the address as its owner wrote it, never to what a caller wrote that has the
 * same key. Of any text, also of one that is no address; it is its own key.
 */
export function emailKey(email: string): string {
  const { local, domain } = parts(email);
  const ascii = domainToASCII(domain);
  const folded = foldCase(local).normalize('NFKC');
  return `${folded}@${ascii === '' ? domain.toLowerCase() : ascii}`;
}

/** In NFKC. Without an `@` there is no domain. */
function parts(email: string): { local: string; domain: string } {
  const normal = email.normalize('NFKC');
  const at = normal.lastIndexOf('@');
  if (at < 0) return { local: normal, domain: '' };
  return { local: normal.slice(0, at), domain: normal.slice(at + 1) };
}
