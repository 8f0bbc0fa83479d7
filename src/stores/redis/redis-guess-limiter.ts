import { RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import { BrokerError } from '../../common/errors.js';
import { type GuessCount, type GuessLimit, GuessLimiter } from '../../ports/guess-limiter.port.js';
import type { RedisConnection } from './connect-redis.js';
import { describeRedisError } from './describe-redis-error.js';
import { RedisKeys } from './redis-keys.js';
import { RedisScript } from './redis-script.js';

const COUNT = new RedisScript('count-guess');

/**
 * Counts in Redis, in fixed windows by its clock, one key for each that is counted. There is no
 * fallback to memory: while Redis is out, tries can't be counted.
 */
export class RedisGuessLimiter extends GuessLimiter {
  readonly #limiters = new Map<string, RateLimiterRedis>();
  readonly #keys: RedisKeys;
  /** The only command that the library calls, which it would otherwise define itself. */
  readonly #client: { rlflxIncr(asked: readonly string[]): Promise<unknown> };

  constructor(redis: RedisConnection, options: { readonly prefix?: string } = {}) {
    super();
    this.#keys = new RedisKeys(options.prefix);
    this.#client = { rlflxIncr: ([key = '', ...args]) => COUNT.run(redis, [key], args) };
  }

  override async take(limit: GuessLimit, key: string): Promise<GuessCount> {
    const { allowed, count } = await this.#limiter(limit)
      .consume(this.#keys.guesses(limit.name, key))
      .then((left) => ({ allowed: true, count: left }))
      .catch((over: unknown) => {
        if (over instanceof RateLimiterRes) return { allowed: false, count: over };
        throw unavailable(over);
      });
    const resetSeconds = Math.max(0, Math.ceil(count.msBeforeNext / 1000));
    return { allowed, limit, remaining: Math.max(0, count.remainingPoints), resetSeconds };
  }

  override async giveBack(limit: GuessLimit, key: string): Promise<void> {
    const given = this.#limiter(limit).reward(this.#keys.guesses(limit.name, key));
    await given.catch((error: unknown) => {
      throw unavailable(error);
    });
  }

  #limiter({ name, attempts, perSeconds }: GuessLimit): RateLimiterRedis {
    const known = this.#limiters.get(name);
    if (known?.points === attempts && known.duration === perSeconds) return known;
    const limiter = new RateLimiterRedis({
      storeClient: this.#client,
      useRedisPackage: false,
      keyPrefix: '',
      points: attempts,
      duration: perSeconds,
    });
    this.#limiters.set(name, limiter);
    return limiter;
  }
}

function unavailable(error: unknown): BrokerError {
  return new BrokerError('limiter_unavailable', 'tries can not be counted now', {
    cause: describeRedisError(error),
  });
}
