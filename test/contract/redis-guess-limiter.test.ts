import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import type { GuessLimiter } from '../../src/ports/guess-limiter.port.js';
import type { ReplayGuard } from '../../src/ports/replay-guard.port.js';
import { hashKey } from '../../src/stores/hash-key.js';
import type { RedisConnection } from '../../src/stores/redis/connect-redis.js';
import { RedisGuessLimiter } from '../../src/stores/redis/redis-guess-limiter.js';
import { RedisReplayGuard } from '../../src/stores/redis/redis-replay-guard.js';
import { connectForTest } from '../support/live-state-engines.js';
import { startRedis, type RunningRedis } from '../support/redis-server.js';
import { uniquePrefix } from '../support/test-redis.js';

const LIMIT = { name: 'loginPerAccount', attempts: 3, perSeconds: 60 };
const NAME = 'alice@example.com';

describe('tries and uses in Redis', () => {
  let redis: RedisConnection;
  const prefix = uniquePrefix();
  let limiter: GuessLimiter;
  let guard: ReplayGuard;
  beforeAll(async () => {
    redis = await connectForTest(inject('redisUrl'));
    limiter = new RedisGuessLimiter(redis, { prefix });
    guard = new RedisReplayGuard(redis, { prefix });
  });
  afterAll(() => redis.disconnect());

  test('are kept under a hash: nothing there tells whose they are', async () => {
    await limiter.take(LIMIT, NAME);
    await guard.firstUse(NAME, 60);
    const keys = await redis.keys(`${prefix}*`);
    expect(keys).toHaveLength(2);
    for (const key of keys) {
      expect(`${key} ${await redis.get(key)}`).not.toContain('alice');
      expect(key).toMatch(/:(g:loginPerAccount|u):[\w-]{43}$/);
    }
  });

  test('all vanish by themselves', async () => {
    for (let n = 0; n < 9; n++) await limiter.take(LIMIT, 'vanishing');
    for (let n = 0; n < 9; n++) await limiter.giveBack(LIMIT, 'vanishing');
    await limiter.giveBack(LIMIT, 'never taken');
    await guard.firstUse('vanishing', 60);
    const keys = await redis.keys(`${prefix}*`);
    expect(keys.length).toBeGreaterThanOrEqual(2);
    for (const key of keys) {
      expect(await redis.ttl(key)).toBeGreaterThan(50);
      expect(await redis.ttl(key)).toBeLessThanOrEqual(60);
    }
  });

  test('fail closed where a value of another type is in the place of a count', async () => {
    const key = `${prefix}g:${LIMIT.name}:${hashKey('odd')}`;
    await limiter.take(LIMIT, 'odd');
    expect(await redis.getset(key, 'garbage')).toBe('1');
    const unavailable = { code: 'limiter_unavailable' };
    await expect(limiter.take(LIMIT, 'odd')).rejects.toMatchObject(unavailable);
    await expect(limiter.giveBack(LIMIT, 'odd')).rejects.toMatchObject(unavailable);
  });
});

describe('the script that counts tries', () => {
  let server: RunningRedis;
  let redis: RedisConnection;
  beforeAll(async () => {
    server = await startRedis();
    redis = await connectForTest(server.url);
  });
  afterAll(async () => {
    redis.disconnect();
    await server.stop();
  });

  test('is sent again to a server that has forgotten it', async () => {
    const limiter = new RedisGuessLimiter(redis);
    expect((await limiter.take(LIMIT, 'a')).remaining).toBe(2);
    await redis.script('FLUSH');
    expect((await limiter.take(LIMIT, 'a')).remaining).toBe(1);
    await redis.script('FLUSH');
    await limiter.giveBack(LIMIT, 'a');
    expect((await limiter.take(LIMIT, 'a')).remaining).toBe(1);
  });

  test('costs one command for each try, whatever limits there are', async () => {
    const limiter = new RedisGuessLimiter(redis);
    await limiter.take(LIMIT, 'warm');
    await redis.config('RESETSTAT');
    await Promise.all(
      Array.from({ length: 50 }, (_, n) => limiter.take({ ...LIMIT, name: `limit-${n}` }, 'b')),
    );
    const stats = await redis.info('commandstats');
    expect(stats).toMatch(/cmdstat_evalsha:calls=50,/);
    expect(stats).not.toMatch(/cmdstat_(eval|script\|load|script\|exists):/);
  });
});
