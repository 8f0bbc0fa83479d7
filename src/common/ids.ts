import { hash, randomBytes } from 'node:crypto';

/** Where randomness comes from; replaced in tests that must know what was drawn. */
export abstract class Entropy {
  abstract bytes(length: number): Buffer;
}

const POOL_BYTES = 4096;

/** The operating system's random bytes, drawn in blocks because a call for each id is dear. */
export class SystemEntropy extends Entropy {
  #pool = Buffer.alloc(0);
  #used = 0;

  override bytes(length: number): Buffer {
    if (length > POOL_BYTES / 4) return randomBytes(length);
    if (this.#used + length > this.#pool.length) {
      this.#pool = randomBytes(POOL_BYTES);
      this.#used = 0;
    }
    const drawn = this.#pool.subarray(this.#used, this.#used + length);
    this.#used += length;
    return drawn;
  }
}

const SESSION_RANDOM_BYTES = 10;
/** Characters of a user tag: 48 bits in base64url. */
export const USER_TAG_LENGTH = 8;

/**
 * Eight characters that stand for a user, the same for ever: the start of every id of its
 * sessions, so that a session is found from its id alone through one index that mints never
 * write to. It is a hash of ids that the token shows anyway; it hides nothing and need not.
 */
export function userTag(appId: string, userId: string): string {
  return hash('sha256', `${appId.length}:${appId}${userId}`, 'base64url').slice(0, USER_TAG_LENGTH);
}

/** A new session id: 22 base64url characters, the user's tag and 80 random bits. */
export function newSessionId(entropy: Entropy, tag: string): string {
  // Six bytes fill eight characters exactly, so the two parts can be encoded apart.
  return tag + entropy.bytes(SESSION_RANDOM_BYTES).toString('base64url');
}

/** The id of a session's nth token (`jti`): the session's id leads to it. */
export function tokenIdOf(sessionId: string, entropy: Entropy): string {
  return `${sessionId}.${entropy.bytes(6).toString('base64url')}`;
}

/** The session that a token id belongs to. */
export function sessionIdOfToken(tokenId: string): string {
  const dot = tokenId.indexOf('.');
  return dot < 0 ? tokenId : tokenId.slice(0, dot);
}

/** An id for anything else: a prefix that says what it is, and 120 random bits. */
export function newId(entropy: Entropy, prefix: string): string {
  return `${prefix}_${entropy.bytes(15).toString('base64url')}`;
}
