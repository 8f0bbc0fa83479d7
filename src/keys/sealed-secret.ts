import { createCipheriv, createDecipheriv } from 'node:crypto';
import type { Entropy } from '../common/ids.js';
import type { MasterKey } from '../ports/master-key.port.js';

const DATA_KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const FORMAT = 'v1';
const SEALED = /^v1\.([\w-]+)\.(.+)$/;

/**
 * Encrypts a small secret for the ledger: AES-256-GCM under a random data key of its own, which the
 * master key wraps. `context`, which says what it is and whose, is authenticated with both, so that
 * it can't be moved to another place.
 *
 * The sealed form is `v1.<nonce ‖ ciphertext ‖ tag>.<wrapped data key>`, printable. The wrapped
 * data key stands apart, so that the master key can be exchanged without opening the secret.
 */
export async function sealSecret(
  plain: Buffer,
  context: string,
  masterKey: MasterKey,
  entropy: Entropy,
): Promise<string> {
  const dataKey = entropy.bytes(DATA_KEY_BYTES);
  const nonce = entropy.bytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', dataKey, nonce);
  cipher.setAAD(Buffer.from(context, 'utf8'));
  const body = [nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()];
  try {
    const wrapped = await masterKey.wrap(dataKey, context);
    return `${FORMAT}.${Buffer.concat(body).toString('base64url')}.${wrapped}`;
  } finally {
    dataKey.fill(0);
  }
}

/**
 * The secret again; the caller wipes it after use. Throws when it was sealed under another master
 * key or for another context, or was altered.
 */
export async function unsealSecret(
  sealed: string,
  context: string,
  masterKey: MasterKey,
): Promise<Buffer> {
  const { encoded, wrapped } = partsOf(sealed);
  const body = Buffer.from(encoded, 'base64url');
  if (body.length <= NONCE_BYTES + TAG_BYTES) throw notSealed();
  const dataKey = await masterKey.unwrap(wrapped, context);
  try {
    return open(dataKey, body, context);
  } finally {
    dataKey.fill(0);
  }
}

/**
 * The same sealed secret with its data key wrapped by the current master key; the secret is not
 * opened. Throws as {@link unsealSecret} does.
 */
export async function rewrapSecret(
  sealed: string,
  context: string,
  masterKey: MasterKey,
): Promise<string> {
  const { encoded, wrapped } = partsOf(sealed);
  const dataKey = await masterKey.unwrap(wrapped, context);
  try {
    return `${FORMAT}.${encoded}.${await masterKey.wrap(dataKey, context)}`;
  } finally {
    dataKey.fill(0);
  }
}

/** Whether two sealed texts hold the same secret, whichever master key each is under. */
export function isSameSecret(a: string, b: string): boolean {
  return partsOf(a).encoded === partsOf(b).encoded;
}

function partsOf(sealed: string): { encoded: string; wrapped: string } {
  const [, encoded, wrapped] = SEALED.exec(sealed) ?? [];
  if (encoded === undefined || wrapped === undefined) throw notSealed();
  return { encoded, wrapped };
}

function notSealed(): Error {
  return new Error('The sealed secret is in no known format.');
}

function open(dataKey: Buffer, body: Buffer, context: string): Buffer {
  const decipher = createDecipheriv('aes-256-gcm', dataKey, body.subarray(0, NONCE_BYTES), {
    authTagLength: TAG_BYTES,
  });
  decipher.setAAD(Buffer.from(context, 'utf8'));
  decipher.setAuthTag(body.subarray(-TAG_BYTES));
  const plain = decipher.update(body.subarray(NONCE_BYTES, -TAG_BYTES));
  try {
    decipher.final();
  } catch (cause) {
    plain.fill(0);
    throw new Error('The sealed secret was altered.', { cause });
  }
  return plain;
}
