import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  type KeyObject,
} from 'node:crypto';
import type { Entropy } from '../../common/ids.js';
import { MasterKey } from '../../ports/master-key.port.js';

/** Length of a master key and of a data key, in bytes. */
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const FORMAT = 'local1';
const WRAPPED = /^local1\.([\w-]{11})\.([\w-]+)$/;

interface HeldKey {
  readonly fingerprint: string;
  readonly key: KeyObject;
}

/**
 * A master key held in the broker's own memory: AES-256-GCM with a random 96-bit nonce
 * (NIST SP 800-38D §8.2.2), the context as associated data.
 *
 * The wrapped form is `local1.<fingerprint of the master key>.<nonce ‖ ciphertext ‖ tag>`. It is
 * always made with the current key; the previous one only unwraps, while the two are exchanged.
 * Neither can be read from this object again.
 */
export class LocalMasterKey extends MasterKey {
  readonly #current: HeldKey;
  readonly #held: readonly HeldKey[];
  readonly #entropy: Entropy;

  /**
   * Takes the current key and the one before it, if that is still good: 32 bytes each, copied.
   * Throws for any other length.
   */
  constructor(current: Buffer, previous: Buffer | undefined, entropy: Entropy) {
    super();
    this.#current = hold(current);
    this.#held = previous === undefined ? [this.#current] : [this.#current, hold(previous)];
    this.#entropy = entropy;
  }

  override async wrap(dataKey: Buffer, context: string): Promise<string> {
    if (dataKey.length !== KEY_BYTES) throw new Error('A data key is 32 bytes long.');
    const nonce = this.#entropy.bytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.#current.key, nonce);
    cipher.setAAD(Buffer.from(context, 'utf8'));
    const body = [nonce, cipher.update(dataKey), cipher.final(), cipher.getAuthTag()];
    return `${FORMAT}.${this.#current.fingerprint}.${Buffer.concat(body).toString('base64url')}`;
  }

  override async unwrap(wrapped: string, context: string): Promise<Buffer> {
    const [, fingerprint, encoded] = WRAPPED.exec(wrapped) ?? [];
    if (fingerprint === undefined || encoded === undefined) {
      throw new Error('The data key was not wrapped by a local master key.');
    }
    const held = this.#held.find((candidate) => candidate.fingerprint === fingerprint);
    if (held === undefined) {
      throw new Error(
        `The data key was wrapped by the master key ${fingerprint}; held here: ${this.#held
          .map((candidate) => candidate.fingerprint)
          .join(
            ', ',
          )}. COUNTERSIGN_MASTER_KEY, or COUNTERSIGN_MASTER_KEY_PREVIOUS while it is changed, must be the key that the ledger was written with.`,
      );
    }
    return open(held.key, Buffer.from(encoded, 'base64url'), context);
  }
}

function hold(bytes: Buffer): HeldKey {
  if (bytes.length !== KEY_BYTES) throw new Error('A master key is 32 bytes long.');
  // Keyed with the master key itself, so it tells keys apart and nothing about them.
  const fingerprint = createHmac('sha256', bytes)
    .update('countersign master key fingerprint')
    .digest()
    .toString('base64url', 0, 8);
  return { fingerprint, key: createSecretKey(bytes) };
}

function open(key: KeyObject, body: Buffer, context: string): Buffer {
  if (body.length !== NONCE_BYTES + KEY_BYTES + TAG_BYTES) {
    throw new Error('The wrapped data key has the wrong length.');
  }
  const decipher = createDecipheriv('aes-256-gcm', key, body.subarray(0, NONCE_BYTES), {
    authTagLength: TAG_BYTES,
  });
  decipher.setAAD(Buffer.from(context, 'utf8'));
  decipher.setAuthTag(body.subarray(-TAG_BYTES));
  const dataKey = decipher.update(body.subarray(NONCE_BYTES, -TAG_BYTES));
  try {
    decipher.final();
  } catch (cause) {
    dataKey.fill(0);
    throw new Error('The wrapped data key was altered or belongs to another context.', { cause });
  }
  return dataKey;
}
