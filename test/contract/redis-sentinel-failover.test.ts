import { Redis } from 'ioredis';
import { afterEach, expect, test, vi } from 'vitest';
import { connectRedis, type RedisConnection } from '../../src/stores/redis/connect-redis.js';
import { freePort } from '../support/free-port.js';
import { startSentinel } from '../support/redis-sentinel.js';
import { type RunningRedis, startRedis } from '../support/redis-server.js';
import { type ProxiedLink, TcpProxy } from '../support/tcp-proxy.js';

const DOWN_AFTER_MS = 500;

const cleanUp: (() => unknown)[] = [];
afterEach(async () => {
  for (const act of cleanUp.splice(0).reverse()) await act();
});

async function started(args: readonly string[] = []): Promise<RunningRedis> {
  const redis = await startRedis({ port: await freePort(), args });
  cleanUp.push(() => redis.stop());
  return redis;
}

async function connected(url: string): Promise<RedisConnection> {
  const redis = await connectRedis(url, { report: () => undefined, connectWaitMs: 10_000 });
  cleanUp.push(() => redis.disconnect());
  return redis;
}

/**
 * Keeps back what the Sentinel answers to the question for the master, until it has told of the
 * failover and whoever subscribed has heard of it; everything else passes at once.
 */
async function answerAfterFailover(sentinelUrl: string, way: TcpProxy): Promise<void> {
  const asking = new Set<ProxiedLink>();
  const kept: (() => void)[] = [];
  way.onRequest = (bytes, link) => {
    if (bytes.includes('get-master-addr-by-name')) asking.add(link);
    link.toServer(bytes);
  };
  way.onAnswer = (bytes, link) => {
    if (asking.has(link)) kept.push(() => link.toClient(bytes));
    else link.toClient(bytes);
  };
  const listener = new Redis({ port: Number(new URL(sentinelUrl).port) });
  cleanUp.push(() => listener.disconnect());
  await listener.subscribe('+switch-master');
  listener.once('message', () => {
    setTimeout(() => {
      way.heal();
      for (const answer of kept) answer();
    }, 100);
  });
}

test('a connection follows a failover that it hears of while it looks for the master', async () => {
  const master = await started();
  const replica = await started(['--replicaof', '127.0.0.1', String(master.port)]);
  const toReplica = await connected(replica.url);
  await vi.waitFor(async () => {
    expect(await toReplica.info('replication')).toContain('master_link_status:up');
  }, 10_000);
  const sentinel = await startSentinel('the-master', master, DOWN_AFTER_MS);
  cleanUp.push(() => sentinel.stop());
  const sentinelUrl = sentinel.url.replace('redis+sentinel:', 'redis:');
  const way = await TcpProxy.start(sentinelUrl);
  cleanUp.push(() => way.close());
  const redis = await connected(way.url.replace('redis:', 'redis+sentinel:'));
  expect(await redis.ping()).toBe('PONG');

  await answerAfterFailover(sentinelUrl, way);
  await master.kill();

  await vi.waitFor(async () => expect(await redis.set('after', 'the failover')).toBe('OK'), 10_000);
  expect(await toReplica.get('after')).toBe('the failover');
}, 40_000);
