import { Redis } from 'ioredis';
import { copyOf } from '../../src/ledger/user-copy.js';
import { encodeCopy } from '../../src/stores/redis/copy-codec.js';
import { RedisKeys } from '../../src/stores/redis/redis-keys.js';
import { FILLED_APP, filledUser, nowSeconds } from './filled-user.js';

const CHUNK = 5000;
/** Longer than a broker's would live, so that they outlast the measurement. */
const EXPIRES_SECONDS = 4 * 3600;

/** Puts copies of as many members into Redis: ballast, of an incarnation that nobody believes. */
export async function fillRedis(url: string, users: number): Promise<void> {
  const redis = new Redis(url);
  const keys = new RedisKeys();
  const now = nowSeconds();
  try {
    for (let from = 0; from < users; from += CHUNK) {
      const pipeline = redis.pipeline();
      for (let number = from; number < Math.min(from + CHUNK, users); number += 1) {
        const { userId, record } = filledUser(number, now);
        const user = { appId: FILLED_APP, userId };
        const copy = copyOf(user, record, { incarnation: 1, position: 1 });
        pipeline.set(keys.copy(user), encodeCopy(copy), 'EX', EXPIRES_SECONDS);
      }
      await pipeline.exec();
    }
  } finally {
    redis.disconnect();
  }
}
