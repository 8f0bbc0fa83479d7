import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { SystemClock } from '../../src/common/clock.js';
import { RedisChangeEvents } from '../../src/stores/redis/redis-change-events.js';
import { connectForTest } from '../support/live-state-engines.js';
import { startRedisCluster } from '../support/redis-cluster.js';
import { type RunningRedis, startRedis } from '../support/redis-server.js';
import { TcpProxy } from '../support/tcp-proxy.js';

/** Half a second, and what a busy machine may add. */
const CURRENT_MS = 700;
const PATIENCE = { timeout: 10_000, interval: 10 };

describe('how far a broker is in touch, while Redis is not well', () => {
  const cleanUp: (() => unknown)[] = [];
  afterEach(async () => {
    for (const act of cleanUp.splice(0).reverse()) await act();
  });
  const clock = new SystemClock();

  async function start(): Promise<RunningRedis> {
    const server = await startRedis();
    cleanUp.push(() => server.stop());
    return server;
  }

  /** The events of a broker that listens, by way of a URL. */
  async function listening(url: string, maxLength?: number) {
    const redis = await connectForTest(url).catch((error: unknown) => expect.fail(String(error)));
    redis.removeAllListeners('error').on('error', () => undefined);
    const limit = maxLength === undefined ? {} : { maxLength };
    const events = new RedisChangeEvents(redis, { clock, report: () => undefined, ...limit });
    cleanUp.push(async () => {
      await events.close();
      redis.disconnect();
    });
    const versions: number[] = [];
    events.subscribe(({ users }) => versions.push(...users.map(({ version }) => version)));
    await events.listening();
    return { events, versions };
  }

  const silentMs = (events: RedisChangeEvents) => clock.monotonicMs() - events.heard().untilMs;

  /** Resolves when a new span of hearing has begun after a moment, and is current. */
  const hearsAnewAfter = (events: RedisChangeEvents, momentMs: number) =>
    vi.waitFor(() => {
      expect(events.heard().sinceMs).toBeGreaterThan(momentMs);
      expect(silentMs(events)).toBeLessThan(CURRENT_MS);
    }, PATIENCE);

  test('nothing was heard before anybody listened', async () => {
    const redis = await connectForTest((await start()).url);
    const events = new RedisChangeEvents(redis, { clock, report: () => undefined });

    expect(events.heard()).toEqual({ sinceMs: Infinity, untilMs: -Infinity });
    redis.disconnect();
  });

  test('a server that hangs shows within a second, and what it says late is not taken for new', async () => {
    const server = await start();
    const { events, versions } = await listening(server.url);
    const { sinceMs } = events.heard();
    process.kill(server.pid, 'SIGSTOP');
    cleanUp.push(() => process.kill(server.pid, 'SIGCONT'));
    const hungAtMs = clock.monotonicMs();
    const publishing = events.publish(eventOf(1));
    await sleep(1200);
    expect(events.heard().untilMs).toBeLessThan(hungAtMs + 20);
    process.kill(server.pid, 'SIGCONT');
    await publishing;
    await vi.waitFor(() => expect(silentMs(events)).toBeLessThan(CURRENT_MS), PATIENCE);
    // The line held: nothing was missed.
    expect(events.heard().sinceMs).toBe(sinceMs);
    expect(versions).toEqual([1]);
  });

  test('an answer that was long under way says nothing of the time that it took', async () => {
    const proxy = await TcpProxy.start((await start()).url);
    cleanUp.push(() => proxy.close());
    const { events } = await listening(proxy.url);
    proxy.delay(700);
    await sleep(3000);
    const silences: number[] = [];
    for (let n = 0; n < 60; n += 1) {
      silences.push(silentMs(events));
      await sleep(20);
    }
    // There, the wait, and back.
    expect(Math.min(...silences)).toBeGreaterThan(1390);
    proxy.heal();
  });

  test('a line that broke is a gap, even where the stream goes on', async () => {
    const server = await start();
    const proxy = await TcpProxy.start(server.url);
    cleanUp.push(() => proxy.close());
    const { events, versions } = await listening(proxy.url);
    const { events: publisher } = await listening(server.url);
    await publisher.publish(eventOf(1));
    await vi.waitFor(() => expect(versions).toEqual([1]), PATIENCE);
    const brokenAtMs = clock.monotonicMs();
    proxy.cutAll();
    await publisher.publish(eventOf(2));
    await hearsAnewAfter(events, brokenAtMs);
    await vi.waitFor(() => expect(versions).toEqual([1, 2]), PATIENCE);
  });

  test('a server that came back with nothing is a gap', async () => {
    const server = await start();
    const { events } = await listening(server.url);
    await events.publish(eventOf(1));
    const killedAtMs = clock.monotonicMs();
    await server.kill();
    await sleep(300);
    expect(silentMs(events)).toBeGreaterThan(290);
    await server.startAgain();
    await hearsAnewAfter(events, killedAtMs);
  });

  test('a stream that was deleted is a gap, though no line broke and nothing new came', async () => {
    const server = await start();
    const { events, versions } = await listening(server.url);
    await events.publish(eventOf(1));
    await vi.waitFor(() => expect(versions).toEqual([1]), PATIENCE);
    const flushedAtMs = clock.monotonicMs();
    const redis = new Redis(server.url);
    cleanUp.push(() => redis.disconnect());
    await redis.flushall();
    await hearsAnewAfter(events, flushedAtMs);
  });

  test('a stream made anew by a server whose clock was set back is heard, and is a gap', async () => {
    const server = await start();
    const { events, versions } = await listening(server.url);
    await events.publish(eventOf(1));
    await vi.waitFor(() => expect(versions).toEqual([1]), PATIENCE);
    const redis = new Redis(server.url);
    cleanUp.push(() => redis.disconnect());
    const flushedAtMs = clock.monotonicMs();
    const [key = ''] = await redis.keys('*');
    await redis.multi().del(key).xadd(key, '1-1', '1', '[0,["default","user-1",2]]').exec();
    await vi.waitFor(() => expect(versions).toEqual([1, 2]), PATIENCE);
    await hearsAnewAfter(events, flushedAtMs);
  });

  test('more events than the stream keeps, while nobody read, are a gap', async () => {
    const server = await start();
    const proxy = await TcpProxy.start(server.url);
    cleanUp.push(() => proxy.close());
    const { events, versions } = await listening(proxy.url, 200);
    const { events: publisher } = await listening(server.url, 200);
    const heldAtMs = clock.monotonicMs();
    proxy.hold();
    const sent = Array.from({ length: 2000 }, (_, n) => n);
    await Promise.all(sent.map((version) => publisher.publish(eventOf(version))));
    proxy.heal();
    await vi.waitFor(() => expect(versions).toContain(1999), PATIENCE);
    await hearsAnewAfter(events, heldAtMs);
    expect(versions.length).toBeLessThan(2000);
  });

  test('of a Cluster, a master that died is a gap; one that hangs is silence', async () => {
    const cluster = await startRedisCluster();
    cleanUp.push(() => cluster.stop());
    const { events } = await listening(cluster.url);
    await sleep(500);
    expect(silentMs(events)).toBeLessThan(CURRENT_MS);
    const hungAtMs = clock.monotonicMs();
    for (const pid of cluster.pids) process.kill(pid, 'SIGSTOP');
    await sleep(1200);
    expect(events.heard().untilMs).toBeLessThan(hungAtMs + 20);
    for (const pid of cluster.pids) process.kill(pid, 'SIGCONT');
    await vi.waitFor(() => expect(silentMs(events)).toBeLessThan(CURRENT_MS), PATIENCE);

    const killedAtMs = clock.monotonicMs();
    await cluster.nodes[0]?.kill();
    await cluster.nodes[1]?.kill();
    await cluster.nodes[2]?.kill();
    await sleep(1100);
    expect(silentMs(events)).toBeGreaterThan(1000);
    for (const node of cluster.nodes) await node.startAgain();
    await hearsAnewAfter(events, killedAtMs);
  }, 60_000);

  test('of a Cluster, a stream that moved to a replica is a gap, though no reading failed', async () => {
    const cluster = await startRedisCluster({ replicas: true });
    cleanUp.push(() => cluster.stop());
    const { events } = await listening(cluster.url);
    await events.publish(eventOf(1));
    const takenAtMs = clock.monotonicMs();
    for (const node of cluster.nodes.slice(3)) {
      const replica = new Redis(node.url);
      await replica.cluster('FAILOVER', 'TAKEOVER');
      replica.disconnect();
    }
    await hearsAnewAfter(events, takenAtMs);
    expect(silentMs(events)).toBeLessThan(CURRENT_MS);
  }, 60_000);
});

function eventOf(version: number) {
  return { users: [{ appId: 'default', userId: 'user-1', version }], control: false };
}
