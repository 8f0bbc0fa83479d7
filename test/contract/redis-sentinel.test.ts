import { SystemClock } from '../../src/common/clock.js';
import { expect, test, vi } from 'vitest';
import type { ChangeEvent } from '../../src/ports/change-events.port.js';
import { RedisChangeEvents } from '../../src/stores/redis/redis-change-events.js';
import { RedisHealth } from '../../src/stores/redis/redis-health.js';
import { RedisLiveCopies } from '../../src/stores/redis/redis-live-copies.js';
import { connectForTest } from '../support/live-state-engines.js';
import { startSentinel } from '../support/redis-sentinel.js';
import { startRedis } from '../support/redis-server.js';
import { userCopy } from '../support/user-copies.js';

test('the master that Sentinels know keeps copies and carries events', async () => {
  const master = await startRedis();
  const sentinel = await startSentinel('the-master', master);
  const redis = await connectForTest(sentinel.url);
  const events = new RedisChangeEvents(redis, {
    clock: new SystemClock(),
    report: () => undefined,
  });
  try {
    const direct = await connectForTest(master.url);
    await new RedisLiveCopies(redis, { windowSeconds: 900 }).put([userCopy()]);
    const copies = new RedisLiveCopies(direct, { windowSeconds: 900 });
    expect(await copies.get(userCopy())).toEqual(userCopy());
    direct.disconnect();

    const heard: ChangeEvent[] = [];
    events.subscribe((event) => heard.push(event));
    await events.listening();
    await events.publish({ users: [], control: true });
    await vi.waitFor(() => expect(heard).toEqual([{ users: [], control: true }]));
    expect(await new RedisHealth(redis).probe()).toEqual({ name: 'redis', up: true });
  } finally {
    await events.close();
    redis.disconnect();
    await Promise.all([sentinel.stop(), master.stop()]);
  }
});
