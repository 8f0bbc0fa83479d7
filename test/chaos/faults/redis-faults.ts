import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import type { House } from '../house/house.js';
import { ask } from '../house/redis-life.js';
import type { SingleRedis } from '../house/single-redis.js';
import type { Fault } from './fault.js';

const REALMS = ['redis'] as const;

/** The one Redis of a house that has one. */
export function singleRedis({ redis }: House): SingleRedis {
  if (redis.kind !== 'single') throw new Error('this fault needs a single Redis');
  return redis;
}

async function tell(house: House, work: (redis: Redis) => Promise<unknown>): Promise<void> {
  await ask(singleRedis(house).redis.url, work);
}

const nothing = () => Promise.resolve();

/** Everything in Redis is deleted, and it goes on. */
export const redisFlushed: Fault = {
  name: 'redis-flushed',
  realms: REALMS,
  aim: (house) => ({
    strike: () => tell(house, (redis) => redis.flushall()),
    heal: nothing,
  }),
};

/** Redis is killed, and started again with nothing. */
export const redisKilled: Fault = {
  name: 'redis-killed',
  realms: REALMS,
  aim: (house) => ({
    strike: () => singleRedis(house).redis.kill(),
    heal: () => singleRedis(house).redis.startAgain(),
  }),
};

/** Redis is killed, and comes back with what it held some seconds ago. */
export const redisFromOldDump: Fault = {
  name: 'redis-from-old-dump',
  realms: REALMS,
  async aim(house) {
    const { redis } = singleRedis(house);
    const dump = await redis.dump();
    // Meanwhile what was dumped grows old.
    await sleep(1000);
    return {
      strike: () => redis.kill(),
      heal: () => redis.startAgain(dump),
    };
  },
};

/** Redis hangs: connections stay open, nothing is answered. */
export const redisHung: Fault = {
  name: 'redis-hung',
  realms: REALMS,
  aim: (house) => ({
    strike: async () => void process.kill(singleRedis(house).redis.pid, 'SIGSTOP'),
    heal: async () => void process.kill(singleRedis(house).redis.pid, 'SIGCONT'),
  }),
};

/** Redis is full: it answers every write with OOM, and serves what it has. */
export const redisFull: Fault = {
  name: 'redis-full',
  realms: REALMS,
  aim: (house) => ({
    strike: () =>
      tell(house, async (redis) => {
        await redis.config('SET', 'maxmemory-policy', 'noeviction');
        await redis.config('SET', 'maxmemory', '1mb');
      }),
    heal: () => tell(house, (redis) => redis.config('SET', 'maxmemory', '0')),
  }),
};
