import { inspect } from 'node:util';
import { SystemClock } from '../../src/common/clock.js';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { BrokerError } from '../../src/common/errors.js';
import type { ChangeEvent } from '../../src/ports/change-events.port.js';
import { hashKey } from '../../src/stores/hash-key.js';
import { connectRedis, type RedisConnection } from '../../src/stores/redis/connect-redis.js';
import { RedisChangeEvents } from '../../src/stores/redis/redis-change-events.js';
import { RedisGuessLimiter } from '../../src/stores/redis/redis-guess-limiter.js';
import { RedisHealth } from '../../src/stores/redis/redis-health.js';
import { RedisLiveCopies } from '../../src/stores/redis/redis-live-copies.js';
import { RedisReplayGuard } from '../../src/stores/redis/redis-replay-guard.js';
import { freePort } from '../support/free-port.js';
import { startRedisCluster } from '../support/redis-cluster.js';
import { startRedis, type RunningRedis } from '../support/redis-server.js';
import { userCopy } from '../support/user-copies.js';

const PASSWORD = 'a-password-for-this-test';
const LIMIT = { name: 'login', attempts: 5, perSeconds: 60 };
const TAKEN = { allowed: true, limit: LIMIT, remaining: 4, resetSeconds: 60, endsAtMs: 1e12 };
/** Whose tries and uses they are. */
const SECRET_KEY = 'alice@example.com';

describe('while Redis is out', () => {
  const servers: RunningRedis[] = [];
  const cleanUp: (() => unknown)[] = [];
  afterEach(async () => {
    for (const act of cleanUp.splice(0).reverse()) await act();
    await Promise.all(servers.splice(0).map((server) => server.stop()));
  });

  async function start(port?: number, ...args: string[]): Promise<RunningRedis> {
    const server = await startRedis({ ...(port === undefined ? {} : { port }), args });
    servers.push(server);
    return server;
  }

  async function connect(url: string, troubles: unknown[] = []): Promise<RedisConnection> {
    const redis = await connectRedis(url, {
      connectWaitMs: 1000,
      // More than a broker's own, for machines that are busy with other tests.
      commandTimeoutMs: 700,
      report: (what, error) => void troubles.push([what, error]),
    });
    cleanUp.push(() => redis.disconnect());
    return redis;
  }

  function events(redis: RedisConnection, troubles: string[] = []): RedisChangeEvents {
    const opened = new RedisChangeEvents(redis, {
      clock: new SystemClock(),
      report: (what) => void troubles.push(what),
    });
    cleanUp.push(() => opened.close());
    return opened;
  }

  test('events flow again after it was killed and came back, without what it had kept', async () => {
    const first = await start();
    const publisher = events(await connect(first.url));
    const troubles: string[] = [];
    const subscriber = events(await connect(first.url), troubles);
    const versions: number[] = [];
    subscriber.subscribe((event) => versions.push(...event.users.map((user) => user.version)));
    await subscriber.listening();
    await publisher.publish(eventOf(1));
    await vi.waitFor(() => expect(versions).toEqual([1]));

    await first.kill();
    await expect(publisher.publish(eventOf(2))).rejects.toThrow();
    await vi.waitFor(() => expect(troubles).toHaveLength(1));
    await start(first.port);

    await vi.waitFor(() => publisher.publish(eventOf(3)), { timeout: 5000 });
    await vi.waitFor(() => expect(versions).toContain(3), { timeout: 5000 });
    expect(versions).not.toContain(2);
    expect(troubles).toEqual(['Change events can not be read']);
  });

  test('copies can be put again after it came back, though it forgot our script', async () => {
    const first = await start();
    const copies = new RedisLiveCopies(await connect(first.url), { windowSeconds: 900 });
    await copies.put([userCopy()]);
    await first.kill();
    await start(first.port);
    await vi.waitFor(() => copies.put([userCopy({ version: 2 })]), { timeout: 5000 });
    expect(await copies.get(userCopy())).toMatchObject({ version: 2 });
  });

  test('every call fails at once, and health says so', async () => {
    const server = await start();
    const troubles: unknown[] = [];
    const redis = await connect(server.url, troubles);
    const copies = new RedisLiveCopies(redis, { windowSeconds: 900 });
    expect(await new RedisHealth(redis).probe()).toEqual({ name: 'redis', up: true });
    await redis.call('config', 'set', 'maxmemory', '100mb');
    await redis.call('config', 'set', 'maxmemory-policy', 'allkeys-lru');
    expect(await new RedisHealth(redis).probe()).toMatchObject({
      up: true,
      detail: expect.stringContaining('set noeviction') as string,
    });
    await server.kill();
    const began = performance.now();
    await expect(copies.get(userCopy())).rejects.toThrow();
    await expect(copies.put([userCopy()])).rejects.toThrow();
    await expect(events(redis).publish(eventOf(1))).rejects.toThrow();
    expect(performance.now() - began).toBeLessThan(2000);
    expect(await new RedisHealth(redis).probe()).toMatchObject({ name: 'redis', up: false });
    await vi.waitFor(() => expect(troubles).toHaveLength(1));
  });

  test('a server that has fallen silent is given up after the time for a command', async () => {
    const server = await start();
    const redis = await connect(server.url);
    const copies = new RedisLiveCopies(redis, { windowSeconds: 900 });
    await copies.put([userCopy()]);
    process.kill(server.pid, 'SIGSTOP');
    cleanUp.push(() => process.kill(server.pid, 'SIGCONT'));
    const began = performance.now();
    await expect(copies.get(userCopy())).rejects.toThrow('timed out');
    expect(performance.now() - began).toBeLessThan(2000);
    expect(await new RedisHealth(redis).probe()).toMatchObject({ up: false });
    process.kill(server.pid, 'SIGCONT');
    await vi.waitFor(async () => expect(await copies.get(userCopy())).toBeDefined(), {
      timeout: 5000,
    });
  });

  // What guards against guessing and replays fails closed, in the words of its port.
  const GUARDED: readonly (readonly [string, (redis: RedisConnection) => Promise<unknown>])[] = [
    ['taking a try', (redis) => limiterOn(redis).take(LIMIT, SECRET_KEY)],
    ['giving a try back', (redis) => limiterOn(redis).giveBack(TAKEN, SECRET_KEY)],
    ['remembering a use', (redis) => new RedisReplayGuard(redis).firstUse(SECRET_KEY, 60)],
  ];

  test.each(GUARDED)('%s fails closed at once, and tells nothing', async (_, call) => {
    const server = await start(undefined, '--requirepass', PASSWORD);
    const redis = await connect(`redis://:${PASSWORD}@127.0.0.1:${server.port}`);
    await call(redis);
    await server.kill();
    await expectUnavailable(() => call(redis));
    await start(server.port, '--requirepass', PASSWORD);
    await vi.waitFor(() => call(redis), { timeout: 5000 });
  });

  test.each(GUARDED)('%s fails closed when the server has fallen silent', async (_, call) => {
    const server = await start(undefined, '--requirepass', PASSWORD);
    const redis = await connect(`redis://:${PASSWORD}@127.0.0.1:${server.port}`);
    await call(redis);
    process.kill(server.pid, 'SIGSTOP');
    cleanUp.push(() => process.kill(server.pid, 'SIGCONT'));
    await expectUnavailable(() => call(redis));
    process.kill(server.pid, 'SIGCONT');
    await vi.waitFor(() => call(redis), { timeout: 5000 });
  });

  const WRITING = GUARDED.filter(([what]) => what !== 'giving a try back');
  test.each(WRITING)('%s fails closed when memory is full', async (_, call) => {
    const server = await start(undefined, '--maxmemory', '1', '--maxmemory-policy', 'noeviction');
    const redis = await connect(server.url);
    await expectUnavailable(() => call(redis));
  });

  test('of a Cluster one master, its users fail at once and the others are served', async () => {
    const cluster = await startRedisCluster();
    servers.push(...cluster.nodes);
    const redis = await connect(cluster.url);
    const copies = new RedisLiveCopies(redis, { windowSeconds: 900 });
    const users = Array.from({ length: 60 }, (_, n) => userCopy({ userId: `user-${n}` }));
    await copies.put(users);
    await cluster.nodes[0]?.kill();
    const began = performance.now();
    const kept = await Promise.allSettled(users.map((user) => copies.get(user)));
    expect(performance.now() - began).toBeLessThan(2000);
    const served = kept.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    expect(served.length).toBeGreaterThan(10);
    expect(served.length).toBeLessThan(users.length);
    for (const copy of served) expect(users).toContainEqual(copy);
    const health = new RedisHealth(redis);
    await vi.waitFor(async () => expect(await health.probe()).toMatchObject({ up: false }));
    for (let n = 0; n < 20; n++) expect(await health.probe()).toMatchObject({ up: false });
  });

  test('a broker can start, and is connected when it comes', async () => {
    const port = await freePort();
    const troubles: [string, Error][] = [];
    const redis = await connect(`redis://127.0.0.1:${port}`, troubles);
    expect(troubles).toHaveLength(1);
    const subscriber = events(redis);
    const heard: ChangeEvent[] = [];
    subscriber.subscribe((event) => heard.push(event));
    await start(port);
    await subscriber.listening();
    await vi.waitFor(() => subscriber.publish(eventOf(1)), { timeout: 5000 });
    await vi.waitFor(() => expect(heard).toEqual([eventOf(1)]));
  });

  test('closing the events is prompt, and nothing is heard after', async () => {
    const redis = await connect((await start()).url);
    const subscriber = events(redis);
    const heard: ChangeEvent[] = [];
    subscriber.subscribe((event) => heard.push(event));
    await subscriber.listening();
    const began = performance.now();
    await subscriber.close();
    expect(performance.now() - began).toBeLessThan(500);
    await subscriber.publish(eventOf(1));
    await redis.ping();
    expect(heard).toEqual([]);
    expect(() => subscriber.subscribe(() => undefined)).toThrow('closed');
  });

  test('a wrong password is reported, and not told', async () => {
    const server = await start(undefined, '--requirepass', `not-${PASSWORD}`);
    const troubles: [string, Error][] = [];
    await connect(`redis://:${PASSWORD}@127.0.0.1:${server.port}`, troubles);
    expect(troubles[0]?.[1].message).toMatch(/WRONGPASS|invalid/);
    for (const [what, error] of troubles) {
      expect(
        `${what} ${error.message} ${error.stack ?? ''} ${JSON.stringify(error)}`,
      ).not.toContain(PASSWORD);
    }
  });

  test('the right password lets in', async () => {
    const server = await start(undefined, '--requirepass', PASSWORD);
    const redis = await connect(`redis://:${PASSWORD}@127.0.0.1:${server.port}`);
    expect(await redis.ping()).toBe('PONG');
  });

  test('a URL that is none is refused, and not repeated', async () => {
    const connecting = connectRedis(`redis://:${PASSWORD}@h:port`, { report: () => undefined });
    await expect(connecting).rejects.toThrow('The Redis URL is not a URL with a host');
  });
});

function limiterOn(redis: RedisConnection): RedisGuessLimiter {
  return new RedisGuessLimiter(redis, { clock: new SystemClock() });
}

function eventOf(version: number): ChangeEvent {
  return { users: [{ appId: 'default', userId: 'user-1', version }], control: false };
}

async function expectUnavailable(call: () => Promise<unknown>): Promise<void> {
  const began = performance.now();
  const error: unknown = await call().then(
    () => expect.fail('it was let through'),
    (thrown: unknown) => thrown,
  );
  expect(performance.now() - began).toBeLessThan(1500);
  expect(error).toBeInstanceOf(BrokerError);
  const { code, detail, cause } = error as BrokerError;
  expect(code).toBe('limiter_unavailable');
  expect(detail).toMatch(/^(tries|uses) can not be (counted|remembered) now$/);
  expect(cause).toBeInstanceOf(Error);
  const all = `${inspect(error, { depth: 10 })} ${JSON.stringify(cause)}`;
  for (const secret of [PASSWORD, SECRET_KEY, hashKey(SECRET_KEY)]) {
    expect(all).not.toContain(secret);
  }
}
