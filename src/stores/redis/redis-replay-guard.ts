import { BrokerError } from '../../common/errors.js';
import { ReplayGuard } from '../../ports/replay-guard.port.js';
import type { RedisConnection } from './connect-redis.js';
import { describeRedisError } from './describe-redis-error.js';
import { RedisKeys } from './redis-keys.js';

/** Remembers uses in Redis, one key for each until its time is over. */
export class RedisReplayGuard extends ReplayGuard {
  readonly #keys: RedisKeys;

  constructor(
    private readonly redis: RedisConnection,
    options: { readonly prefix?: string } = {},
  ) {
    super();
    this.#keys = new RedisKeys(options.prefix);
  }

  override async firstUse(key: string, seconds: number): Promise<boolean> {
    try {
      return (await this.redis.set(this.#keys.use(key), '', 'EX', seconds, 'NX')) === 'OK';
    } catch (error) {
      throw new BrokerError('limiter_unavailable', 'uses can not be remembered now', {
        cause: describeRedisError(error),
      });
    }
  }
}
