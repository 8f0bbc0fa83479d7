import { RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import type { Clock } from '../../common/clock.js';
import { BrokerError } from '../../common/errors.js';
import { type GuessCount, type GuessLimit, GuessLimiter } from '../../ports/guess-limiter.port.js';
import type { RedisConnection } from './connect-redis.js';
import { describeRedisError } from './describe-redis-error.js';
import { RedisKeys } from './redis-keys.js';
import { RedisScript } from './redis-script.js';

const COUNT = new RedisScript('count-guess');
const GIVE_BACK = new RedisScript('give-back-guess');

/** By how much the end of a window may be misjudged: the time that a command may take. */
const SLACK_MS = 1000;

export interface RedisGuessLimiterOptions {
  /** Measures how long ago a try was taken. */
  readonly clock: Clock;
  /** Before all keys ({@link DEFAULT_PREFIX}). */
  readonly prefix?: string;
}

/**
 * Counts in Redis, in fixed windows by its clock, one key for each that is counted. There is no
 * fallback to memory: while Redis is out, tries can't be counted.
 *
 * Tries are taken by rate-limiter-flexible, with a script that keeps no refused ones. Its `reward` is
 * not used: it would also give back to a window that began later, and to less than none.
 */
export class RedisGuessLimiter extends GuessLimiter {
  readonly #redis: RedisConnection;
  readonly #clock: Clock;
  readonly #keys: RedisKeys;
  readonly #limiters = new Map<string, RateLimiterRedis>();
  /** The only command that the library calls, which it would otherwise define itself. */
  readonly #client: { rlflxIncr(asked: readonly string[]): Promise<unknown> };

  constructor(redis: RedisConnection, { clock, prefix }: RedisGuessLimiterOptions) {
    super();
    this.#redis = redis;
    this.#clock = clock;
    this.#keys = new RedisKeys(prefix);
    this.#client = { rlflxIncr: ([key = '', ...args]) => COUNT.run(redis, [key], args) };
  }

  override async take(limit: GuessLimit, key: string): Promise<GuessCount> {
    const askedAtMs = this.#clock.monotonicMs();
    const { allowed, count } = await this.#limiter(limit)
      .consume(this.#keys.guesses(limit.name, key))
      .then((left) => ({ allowed: true, count: left }))
      .catch((over: unknown) => {
        if (over instanceof RateLimiterRes) return { allowed: false, count: over };
        throw unavailable(over);
      });
    const leftMs = Math.max(0, count.msBeforeNext);
    return {
      allowed,
      limit,
      remaining: Math.max(0, count.remainingPoints),
      resetSeconds: Math.ceil(leftMs / 1000),
      // Never later than Redis has it.
      endsAtMs: askedAtMs + leftMs,
    };
  }

  override async giveBack({ allowed, limit, endsAtMs }: GuessCount, key: string): Promise<void> {
    const leftMs = Math.ceil(endsAtMs - this.#clock.monotonicMs());
    if (!allowed || leftMs <= 0) return;
    const place = this.#keys.guesses(limit.name, key);
    await GIVE_BACK.run(this.#redis, [place], [leftMs + SLACK_MS]).catch((error: unknown) => {
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
