import { LiveCopies } from '../../ports/live-copies.port.js';
import type { UserCopy, UserRef } from '../../ports/user-record.js';
import type { RedisConnection } from './connect-redis.js';
import { decodeCopy, encodeCopy } from './copy-codec.js';
import { RedisKeys } from './redis-keys.js';
import { RedisScript } from './redis-script.js';

export interface RedisLiveCopiesOptions {
  /** How long after it was put a copy vanishes. */
  readonly windowSeconds: number;
  /** Before all keys ({@link DEFAULT_PREFIX}). */
  readonly prefix?: string;
}

/**
 * Copies in Redis, one string of about 200 bytes for each user (all that Redis spends on it, for
 * a user with one session). `get` is one command, `put` one for each copy, all of them sent in one
 * turn of the event loop, so that they share their round trip.
 */
export class RedisLiveCopies extends LiveCopies {
  readonly #redis: RedisConnection;
  readonly #keys: RedisKeys;
  readonly #windowSeconds: number;
  readonly #putIfNewer = new RedisScript('put-if-newer');

  constructor(redis: RedisConnection, options: RedisLiveCopiesOptions) {
    super();
    this.#redis = redis;
    this.#keys = new RedisKeys(options.prefix);
    this.#windowSeconds = options.windowSeconds;
  }

  override async get(user: UserRef): Promise<UserCopy | undefined> {
    const text = await this.#redis.get(this.#keys.copy(user));
    return text === null ? undefined : decodeCopy(user, text);
  }

  override async put(copies: readonly UserCopy[]): Promise<void> {
    await Promise.all(
      copies.map((copy) =>
        this.#putIfNewer.run(
          this.#redis,
          this.#keys.copy(copy),
          encodeCopy(copy),
          this.#windowSeconds,
        ),
      ),
    );
  }
}
