import type { Entropy } from '../common/ids.js';
import type { KeyAlgorithm } from '../ports/control-ledger.port.js';
import type { MasterKey } from '../ports/master-key.port.js';
import { rewrapSecret, sealSecret, unsealSecret } from './sealed-secret.js';

/** What a sealed private key is bound to: it opens as nothing else. */
export interface SealedKeyUse {
  /** The `kid`. */
  readonly id: string;
  readonly ring: string;
  readonly algorithm: KeyAlgorithm;
}

/**
 * Encrypts a private key (PKCS#8 DER, or the HS256 secret) for the ledger; see {@link sealSecret}.
 * Key id, ring and algorithm are authenticated with it.
 */
export function sealPrivateKey(
  privatePart: Buffer,
  use: SealedKeyUse,
  masterKey: MasterKey,
  entropy: Entropy,
): Promise<string> {
  return sealSecret(privatePart, contextOf(use), masterKey, entropy);
}

/** The private key again; see {@link unsealSecret}. */
export function unsealPrivateKey(
  sealed: string,
  use: SealedKeyUse,
  masterKey: MasterKey,
): Promise<Buffer> {
  return unsealSecret(sealed, contextOf(use), masterKey);
}

/** The same under the current master key; see {@link rewrapSecret}. */
export function rewrapPrivateKey(
  sealed: string,
  use: SealedKeyUse,
  masterKey: MasterKey,
): Promise<string> {
  return rewrapSecret(sealed, contextOf(use), masterKey);
}

/** Unambiguous whatever the parts hold. */
function contextOf(use: SealedKeyUse): string {
  return JSON.stringify(['countersign signing key', 'v1', use.id, use.ring, use.algorithm]);
}
