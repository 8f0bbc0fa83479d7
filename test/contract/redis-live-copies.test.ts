import { Cluster, Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { newSessionId, SystemEntropy, userTag } from '../../src/common/ids.js';
import type { RedisConnection } from '../../src/stores/redis/connect-redis.js';
import { encodeCopy } from '../../src/stores/redis/copy-codec.js';
import { RedisKeys } from '../../src/stores/redis/redis-keys.js';
import { RedisLiveCopies } from '../../src/stores/redis/redis-live-copies.js';
import { connectForTest } from '../support/live-state-engines.js';
import { startRedis } from '../support/redis-server.js';
import { uniquePrefix } from '../support/test-redis.js';
import { userCopy } from '../support/user-copies.js';

const prefix = uniquePrefix();
const key = (userId: string) => new RedisKeys(prefix).copy({ appId: 'default', userId });

describe('copies in Redis', () => {
  let redis: RedisConnection;
  let copies: RedisLiveCopies;
  beforeAll(async () => {
    redis = await connectForTest(inject('redisUrl'));
    copies = new RedisLiveCopies(redis, { windowSeconds: 900, prefix });
  });
  afterAll(() => redis.disconnect());

  test.each([
    ['an empty value', ''],
    ['garbage', 'garbage'],
    ['bytes that are no text', Buffer.from([0x31, 0xff, 0xfe, 0x00])],
    [
      'a copy in another version of the codec',
      encodeCopy(userCopy({ version: 9 })).replace(/^1/, '2'),
    ],
  ])('are a miss where there is %s, and a put takes its place', async (what, value) => {
    const copy = userCopy({ userId: what });
    await redis.set(key(what), value);
    expect(await copies.get(copy)).toBeUndefined();
    await copies.put([copy]);
    expect(await copies.get(copy)).toEqual(copy);
  });

  test('take the place of a value of another type', async () => {
    const copy = userCopy({ userId: 'list' });
    await redis.rpush(key('list'), 'not', 'a', 'string');
    await expect(copies.get(copy)).rejects.toThrow('WRONGTYPE');
    await copies.put([copy]);
    expect(await copies.get(copy)).toEqual(copy);
  });

  test('vanish when the window is over', async () => {
    await copies.put([userCopy({ userId: 'short' })]);
    const left = await redis.ttl(key('short'));
    expect(left).toBeGreaterThan(895);
    expect(left).toBeLessThanOrEqual(900);
  });

  test('cost one command for each get and for each put of up to 128', async () => {
    const own = await startRedis();
    const connection = await connectForTest(own.url);
    const counted = new RedisLiveCopies(connection, { windowSeconds: 900 });
    try {
      await counted.put([userCopy()]);
      await connection.config('RESETSTAT');
      await counted.put(Array.from({ length: 129 }, (_, n) => userCopy({ userId: `user-${n}` })));
      await Promise.all(Array.from({ length: 50 }, () => counted.get(userCopy())));
      const stats = await connection.info('commandstats');
      expect(stats).toMatch(/cmdstat_evalsha:calls=2,/);
      // 50 of ours, and one for each copy within the scripts.
      expect(stats).toMatch(/cmdstat_get:calls=179,/);
      expect(stats).toMatch(/cmdstat_set:calls=129,/);
      expect(stats).not.toMatch(/cmdstat_(eval|script|exists)[:|]/);
    } finally {
      connection.disconnect();
      await own.stop();
    }
  });

  test('of users with one session take at most 250 bytes each, all that Redis spends on them', async () => {
    const own = await startRedis();
    const connection = await connectForTest(own.url);
    try {
      const before = await usedMemory(connection);
      await putRealisticUsers(new RedisLiveCopies(connection, { windowSeconds: 900 }), 100_000);
      const bytes = (await usedMemory(connection)) - before;
      expect(bytes / 100_000).toBeGreaterThan(50);
      expect(bytes / 100_000).toBeLessThanOrEqual(250);
    } finally {
      connection.disconnect();
      await own.stop();
    }
  });
});

describe('copies in a Redis Cluster', () => {
  test('are spread over its masters', async () => {
    const redis = await connectForTest(inject('redisClusterUrl'));
    try {
      const own = new RedisLiveCopies(redis, { windowSeconds: 900, prefix: uniquePrefix() });
      const masters = redis instanceof Cluster ? redis.nodes('master') : [];
      const sizes = () => Promise.all(masters.map((master) => master.dbsize()));
      const before = await sizes();
      await own.put(Array.from({ length: 300 }, (_, n) => userCopy({ userId: `user-${n}` })));
      const after = await sizes();
      expect(masters).toHaveLength(3);
      for (const [n, size] of after.entries()) expect(size - (before[n] ?? 0)).toBeGreaterThan(30);
    } finally {
      redis.disconnect();
    }
  });
});

async function putRealisticUsers(copies: RedisLiveCopies, count: number): Promise<void> {
  const entropy = new SystemEntropy();
  for (let from = 0; from < count; from += 1000) {
    await copies.put(
      Array.from({ length: 1000 }, (_, n) => {
        const userId = `user-${String(from + n).padStart(6, '0')}`;
        const id = newSessionId(entropy, userTag('default', userId));
        const position = 48_000_000 + from + n;
        return userCopy({ userId, position, working: new Map([[id, 0]]) });
      }),
    );
  }
}

async function usedMemory(redis: RedisConnection): Promise<number> {
  // What a client's buffers take at the moment is none of the copies'.
  const client = redis instanceof Redis ? redis : undefined;
  await client?.call('MEMORY', 'PURGE');
  const info = (await client?.info('memory')) ?? '';
  return Number(/^used_memory:(\d+)/m.exec(info)?.[1]);
}
