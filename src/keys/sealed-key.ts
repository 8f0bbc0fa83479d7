import { createCipheriv, createDecipheriv } from 'node:crypto';
import type { Entropy } from '../common/ids.js';
import type { KeyAlgorithm } from '../ports/control-ledger.port.js';
import type { MasterKey } from '../ports/master-key.port.js';

const DATA_KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const FORMAT = 'v1';
const SEALED = /^v1\.([\w-]+)\.(.+)$/;

/** What a sealed private key is bound to: it opens as nothing else. */
export interface SealedKeyUse {
  /** The `kid`. */
  readonly id: string;
  readonly ring: string;
  readonly algorithm: KeyAlgorithm;
}

/**
 * Encrypts a private key (PKCS#8 DER, or the HS256 secret) for the ledger: AES-256-GCM under a
 * random data key of its own, which the master key wraps. Key id, ring and algorithm are
 * authenticated with both, so a sealed key can't be moved to another row or ring.
 *
 * The sealed form is `v1.<nonce ‖ ciphertext ‖ tag>.<wrapped data key>`, printable. The wrapped
 * data key stands apart, so that the master key can be exchanged without opening the private key.
 */
export async function sealPrivateKey(
  privatePart: Buffer,
  use: SealedKeyUse,
  masterKey: MasterKey,
  entropy: Entropy,
): Promise<string> {
  const context = contextOf(use);
  const dataKey = entropy.bytes(DATA_KEY_BYTES);
  const nonce = entropy.bytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', dataKey, nonce);
  cipher.setAAD(Buffer.from(context, 'utf8'));
  const body = [nonce, cipher.update(privatePart), cipher.final(), cipher.getAuthTag()];
  try {
    const wrapped = await masterKey.wrap(dataKey, context);
    return `${FORMAT}.${Buffer.concat(body).toString('base64url')}.${wrapped}`;
  } finally {
    dataKey.fill(0);
  }
}

/**
 * The private key again; the caller wipes it after use. Throws when it was sealed under another
 * master key or for another use, or was altered.
 */
export async function unsealPrivateKey(
  sealed: string,
  use: SealedKeyUse,
  masterKey: MasterKey,
): Promise<Buffer> {
  const [, encoded, wrapped] = SEALED.exec(sealed) ?? [];
  const body = Buffer.from(encoded ?? '', 'base64url');
  if (wrapped === undefined || body.length <= NONCE_BYTES + TAG_BYTES) {
    throw new Error('The sealed key is in no known format.');
  }
  const context = contextOf(use);
  const dataKey = await masterKey.unwrap(wrapped, context);
  try {
    return open(dataKey, body, context);
  } finally {
    dataKey.fill(0);
  }
}

/**
 * The same sealed key with its data key wrapped by the current master key; the private key is not
 * opened. Throws as {@link unsealPrivateKey} does.
 */
export async function rewrapPrivateKey(
  sealed: string,
  use: SealedKeyUse,
  masterKey: MasterKey,
): Promise<string> {
  const [, encoded, wrapped] = SEALED.exec(sealed) ?? [];
  if (wrapped === undefined) throw new Error('The sealed key is in no known format.');
  const context = contextOf(use);
  const dataKey = await masterKey.unwrap(wrapped, context);
  try {
    return `${FORMAT}.${encoded}.${await masterKey.wrap(dataKey, context)}`;
  } finally {
    dataKey.fill(0);
  }
}

function open(dataKey: Buffer, body: Buffer, context: string): Buffer {
  const decipher = createDecipheriv('aes-256-gcm', dataKey, body.subarray(0, NONCE_BYTES), {
    authTagLength: TAG_BYTES,
  });
  decipher.setAAD(Buffer.from(context, 'utf8'));
  decipher.setAuthTag(body.subarray(-TAG_BYTES));
  const privatePart = decipher.update(body.subarray(NONCE_BYTES, -TAG_BYTES));
  try {
    decipher.final();
  } catch (cause) {
    privatePart.fill(0);
    throw new Error('The sealed key was altered.', { cause });
  }
  return privatePart;
}

/** Unambiguous whatever the parts hold. */
function contextOf(use: SealedKeyUse): string {
  return JSON.stringify(['countersign signing key', FORMAT, use.id, use.ring, use.algorithm]);
}
