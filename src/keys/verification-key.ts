import { createHmac, timingSafeEqual, verify, type KeyObject } from 'node:crypto';
import type { KeyAlgorithm } from '../ports/control-ledger.port.js';
import type { ParsedJws } from './jws.js';

/** A key that tokens name. Also a revoked one: its signatures are told from forgeries. */
export interface VerificationKey {
  /** The `kid`. */
  readonly id: string;
  readonly ring: string;
  readonly algorithm: KeyAlgorithm;
  /** Whether its tokens are refused, however good their signatures. */
  readonly revoked: boolean;
  /** Whether all that it signed has expired: who has got hold of it since can sign nothing with it. */
  readonly removed: boolean;
  /** EC P-256 public key for ES256, secret key for HS256. */
  readonly key: KeyObject;
}

/** Bytes of a signature: R ‖ S of ES256 (RFC 7518 §3.4), a SHA-256 HMAC (§3.2). */
const SIGNATURE_BYTES = { ES256: 64, HS256: 32 } as const;

/**
 * Whether the key made the token's signature. Revocation, expiry and everything else that the
 * token says are for the caller to judge.
 *
 * Key and algorithm are the ledger's: a token that names another of either fails, and a key that
 * it brings along (`jwk`, `jku`, `x5c`, `x5u`) is never looked at (RFC 8725 §3.1, §3.10).
 * ECDSA has two signatures for each that was made; a token is known by its `jti`, not its text.
 */
export function verifySignature(token: ParsedJws, key: VerificationKey): boolean {
  const { header, signature, signingInput } = token;
  if (header.alg !== key.algorithm || header.kid !== key.id) return false;
  if (signature.length !== SIGNATURE_BYTES[key.algorithm]) return false;
  if (key.algorithm === 'HS256') {
    const expected = createHmac('sha256', key.key).update(signingInput).digest();
    return timingSafeEqual(expected, signature);
  }
  return verify(
    'sha256',
    Buffer.from(signingInput, 'latin1'),
    { key: key.key, dsaEncoding: 'ieee-p1363' },
    signature,
  );
}
