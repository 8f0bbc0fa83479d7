import { afterAll, beforeAll, describe, expect, inject, test, vi } from 'vitest';
import { SystemClock } from '../../src/common/clock.js';
import type { GuessLimiter } from '../../src/ports/guess-limiter.port.js';
import type { ReplayGuard } from '../../src/ports/replay-guard.port.js';
import { hashKey } from '../../src/stores/hash-key.js';
import type { RedisConnection } from '../../src/stores/redis/connect-redis.js';
import { RedisGuessLimiter } from '../../src/stores/redis/redis-guess-limiter.js';
import { RedisReplayGuard } from '../../src/stores/redis/redis-replay-guard.js';
import { connectForTest } from '../support/live-state-engines.js';
import { ManualClock } from '../support/manual-clock.js';
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
    limiter = new RedisGuessLimiter(redis, { clock: new SystemClock(), prefix });
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
    const count = await limiter.take(LIMIT, 'vanishing');
    for (let n = 0; n < 9; n++) await limiter.take(LIMIT, 'vanishing');
    await limiter.giveBack(count, 'vanishing');
    await guard.firstUse('vanishing', 60);
    const keys = await redis.keys(`${prefix}*`);
    expect(keys.length).toBeGreaterThanOrEqual(2);
    for (const key of keys) {
      expect(await redis.ttl(key)).toBeGreaterThan(50);
      expect(await redis.ttl(key)).toBeLessThanOrEqual(60);
    }
  });

  test('that were all given back leave nothing', async () => {
    const count = await limiter.take(LIMIT, 'right');
    await limiter.giveBack(count, 'right');
    expect(await redis.exists(`${prefix}g:${LIMIT.name}:${hashKey('right')}`)).toBe(0);
  });

  test('are not given back to a window that began since, though the broker believes in the old one', async () => {
    const slow = new RedisGuessLimiter(redis, { clock: new ManualClock(), prefix });
    const key = `${prefix}g:${LIMIT.name}:${hashKey('late')}`;
    const old = await slow.take(LIMIT, 'late');
    await redis.del(key);
    await slow.take(LIMIT, 'late');
    // Ten seconds after the old one, the new one has ten more left than that.
    await slow.giveBack({ ...old, endsAtMs: old.endsAtMs - 10_000 }, 'late');
    expect(await redis.get(key)).toBe('1');
  });

  test('are counted in windows that end by the clock of Redis', async () => {
    const short = { ...LIMIT, name: 'short', perSeconds: 1 };
    const counts = await Promise.all([1, 2, 3, 4].map(() => limiter.take(short, NAME)));
    expect(counts.map(({ allowed }) => allowed)).toEqual([true, true, true, false]);
    await vi.waitFor(
      async () => expect(await limiter.take(short, NAME)).toMatchObject({ allowed: true }),
      { timeout: 5000, interval: 100 },
    );
  });

  test('fail closed where a value of another type is in the place of a count', async () => {
    const key = `${prefix}g:${LIMIT.name}:${hashKey('odd')}`;
    const count = await limiter.take(LIMIT, 'odd');
    expect(await redis.set(key, 'garbage', 'KEEPTTL', 'GET')).toBe('1');
    const unavailable = { code: 'limiter_unavailable' };
    await expect(limiter.take(LIMIT, 'odd')).rejects.toMatchObject(unavailable);
    await expect(limiter.giveBack(count, 'odd')).rejects.toMatchObject(unavailable);
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
    const limiter = new RedisGuessLimiter(redis, { clock: new SystemClock() });
    const count = await limiter.take(LIMIT, 'a');
    expect(count.remaining).toBe(2);
    await redis.script('FLUSH');
    expect((await limiter.take(LIMIT, 'a')).remaining).toBe(1);
    await redis.script('FLUSH');
    await limiter.giveBack(count, 'a');
    expect((await limiter.take(LIMIT, 'a')).remaining).toBe(1);
  });

  test('costs one command for each try, whatever limits there are', async () => {
    const limiter = new RedisGuessLimiter(redis, { clock: new SystemClock() });
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
