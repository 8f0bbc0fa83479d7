import { Cluster } from 'ioredis';
import { LiveCopies } from '../../ports/live-copies.port.js';
import type { UserCopy, UserRef } from '../../ports/user-record.js';
import type { RedisConnection } from './connect-redis.js';
import { decodeCopy, encodeCopy } from './copy-codec.js';
import { RedisKeys } from './redis-keys.js';
import { RedisScript } from './redis-script.js';

/** Few enough that nobody else waits for long: about a millisecond. */
const MAX_PER_COMMAND = 128;

export interface RedisLiveCopiesOptions {
  /** How long after it was put a copy vanishes. */
  readonly windowSeconds: number;
  /** Before all keys ({@link DEFAULT_PREFIX}). */
  readonly prefix?: string;
}

/**
 * Copies in Redis, one string of about 200 bytes for each user (all that Redis spends on it, for
 * a user with one session). `get` is one command; so is `put`, but on a Cluster, where each user
 * has a slot, it is one for each copy, sent together.
 */
export class RedisLiveCopies extends LiveCopies {
  readonly #redis: RedisConnection;
  readonly #keys: RedisKeys;
  readonly #windowSeconds: number;
  readonly #putIfNewer = new RedisScript('put-if-newer');
  /** Copies that one command puts. */
  readonly #perCommand: number;

  constructor(redis: RedisConnection, options: RedisLiveCopiesOptions) {
    super();
    this.#redis = redis;
    this.#keys = new RedisKeys(options.prefix);
    this.#windowSeconds = options.windowSeconds;
    this.#perCommand = redis instanceof Cluster ? 1 : MAX_PER_COMMAND;
  }

  override async get(user: UserRef): Promise<UserCopy | undefined> {
    const text = await this.#redis.get(this.#keys.copy(user));
    return text === null ? undefined : decodeCopy(user, text);
  }

  override async put(copies: readonly UserCopy[]): Promise<void> {
    const puts: Promise<unknown>[] = [];
    for (let first = 0; first < copies.length; first += this.#perCommand) {
      const some = copies.slice(first, first + this.#perCommand);
      const keys = some.map((copy) => this.#keys.copy(copy));
      puts.push(
        this.#putIfNewer.run(this.#redis, keys, [this.#windowSeconds, ...some.map(encodeCopy)]),
      );
    }
    await Promise.all(puts);
  }
}
