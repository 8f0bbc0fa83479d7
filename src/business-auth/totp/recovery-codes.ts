import { hashSecret } from '../../common/constant-time.js';
import type { Entropy } from '../../common/ids.js';

const CODES = 10;
const GROUPS = 4;
const GROUP_CHARACTERS = 4;
/** Crockford's Base32: no i, l, o and u. Five bits each. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
const SEPARATORS = /[\s\-\u2010-\u2015]+/gu;

export interface RecoveryCodes {
  /** To be shown once, as `k3x9-0ap7-mq1v-z81c`; 80 random bits each. */
  readonly codes: readonly string[];
  /** What is kept of them, in the same order. */
  readonly hashes: readonly string[];
}

/** Ten new codes, each of which stands in once for an authenticator app. */
export function newRecoveryCodes(entropy: Entropy): RecoveryCodes {
  const codes = Array.from({ length: CODES }, () => newCode(entropy));
  return { codes, hashes: codes.map(recoveryCodeHash) };
}

/**
 * The hash that a code, as somebody types it, is found by: case, blanks and hyphens don't count,
 * and `o` is 0, `i` and `l` are 1. SHA-256 without a salt suffices, for there is nothing to guess:
 * whoever has the hashes would have to try 2⁸⁰ codes.
 */
export function recoveryCodeHash(code: string): string {
  const typed = code.normalize('NFKC').toLowerCase().replaceAll(SEPARATORS, '');
  return hashSecret(typed.replaceAll('o', '0').replaceAll(/[il]/g, '1'));
}

function newCode(entropy: Entropy): string {
  const groups = Array.from({ length: GROUPS }, () =>
    // A byte has each of the 32 characters eight times.
    Array.from(entropy.bytes(GROUP_CHARACTERS), (byte) => ALPHABET.charAt(byte % 32)).join(''),
  );
  return groups.join('-');
}
