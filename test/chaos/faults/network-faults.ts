import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../support/free-port.js';
import { ask, RedisLife } from '../house/redis-life.js';
import { follow } from '../house/replication.js';
import type { Fault } from './fault.js';
import { singleRedis } from './redis-faults.js';

const REALMS = ['redis'] as const;

/** Every answer and request of every broker takes long, at times longer than a broker waits. */
export const redisSlow: Fault = {
  name: 'redis-slow',
  realms: REALMS,
  aim(house, random) {
    const { ways } = singleRedis(house);
    const delayMs = random.between(20, 200);
    return {
      strike: async () => ways.forEach((way) => way.delay(delayMs)),
      async heal() {
        // What is still under way arrives first: a line never reorders.
        ways.forEach((way) => way.hold());
        await sleep(delayMs + 50);
        ways.forEach((way) => way.heal());
      },
    };
  },
};

/** One broker's packets to and from Redis are held back; when the way is open again, they arrive. */
export const redisSilentToOne: Fault = {
  name: 'redis-silent-to-one',
  realms: REALMS,
  aim(house, random) {
    const way = random.oneOf(singleRedis(house).ways)!;
    return {
      strike: async () => way.hold(),
      heal: async () => way.heal(),
    };
  },
};

/** One broker's connections to Redis are reset, and new ones refused. */
export const redisRefusedToOne: Fault = {
  name: 'redis-refused-to-one',
  realms: REALMS,
  async aim(house, random) {
    const { ways, redis } = singleRedis(house);
    const way = random.oneOf(ways)!;
    const nobody = `redis://127.0.0.1:${await freePort()}`;
    return {
      strike: async () => way.redirect(nobody),
      heal: async () => way.redirect(redis.url),
    };
  },
};

/** After a failover one broker still reaches the old master only, which takes its writes. */
export const redisOldMaster: Fault = {
  name: 'redis-old-master',
  realms: REALMS,
  async aim(house, random) {
    const single = singleRedis(house);
    const { redis: old, ways } = single;
    const leftBehind = random.oneOf(ways)!;
    const next = await RedisLife.start();
    await follow(next.url, old.port);
    return {
      async strike() {
        await ask(next.url, (redis) => redis.replicaof('NO', 'ONE'));
        for (const way of ways) if (way !== leftBehind) way.redirect(next.url);
      },
      async heal() {
        leftBehind.redirect(next.url);
        single.redis = next;
        await old.stop();
      },
    };
  },
};
