import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { ask } from './redis-life.js';

const PATIENCE_MS = 20_000;

/** Makes a Redis a replica of what listens on a port of the loopback, and waits until it is. */
export async function follow(replicaUrl: string, port: number): Promise<void> {
  await ask(replicaUrl, async (redis) => {
    await redis.replicaof('127.0.0.1', port);
    await untilSays(redis, 'master_link_status:up');
  });
}

/** Waits until a Redis says something of its replication, such as `role:master`. */
export async function untilSays(redis: Redis, line: string): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (!(await redis.info('replication')).includes(line)) {
    if (performance.now() > deadline) throw new Error(`Redis never came to say ${line}`);
    await sleep(25);
  }
}
