import type { UserRef } from '../../ports/user-record.js';
import { hashKey } from '../hash-key.js';

/** Before all our keys, unless another prefix is set. */
export const DEFAULT_PREFIX = 'cs:';

/**
 * The one builder of keys in Redis.
 *
 * A user's keys are `<prefix><kind>{<length of the app id>:<app id><user id>}`: no two users share
 * one, whatever characters their ids hold, and all keys of a user share a Cluster slot (Redis
 * Cluster specification, "Hash tags"). Where an id holds a `}` the tag ends there; the same for
 * all keys of that user.
 */
export class RedisKeys {
  readonly #prefix: string;

  /** Throws a `RangeError` for a prefix with a brace, which would take the hash tag's place. */
  constructor(prefix: string = DEFAULT_PREFIX) {
    if (/[{}]/.test(prefix)) throw new RangeError('A prefix of Redis keys holds no braces');
    this.#prefix = prefix;
  }

  /** A user's copy. */
  copy(user: UserRef): string {
    return `${this.#prefix}c{${tag(user)}}`;
  }

  /** A count of tries; what it is of can't be read from it. */
  guesses(limit: string, key: string): string {
    return `${this.#prefix}g:${limit}:${hashKey(key)}`;
  }

  /** That something was used. */
  use(key: string): string {
    return `${this.#prefix}u:${hashKey(key)}`;
  }

  /** The stream of change events. */
  events(): string {
    return `${this.#prefix}events`;
  }
}

function tag({ appId, userId }: UserRef): string {
  // UTF-8 has no half surrogates: every one would become the same replacement character.
  if (appId.isWellFormed() && userId.isWellFormed()) return `${appId.length}:${appId}${userId}`;
  return `!${hex(appId)}:${hex(userId)}`;
}

function hex(id: string): string {
  return Buffer.from(id, 'utf16le').toString('hex');
}
