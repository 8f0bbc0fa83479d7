import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault } from './fault.js';
import { TcpProxy } from '../../support/tcp-proxy.js';
import { ask } from '../house/redis-life.js';
import { follow, untilSays } from '../house/replication.js';

/** Writes that the replica never sees. */
const LOST_MS = 1000;

/**
 * The master dies, and the replica that Sentinel promotes lacks its last second of writes: it was
 * held back on the way from the master.
 */
export const failoverLosingWrites: Fault = {
  name: 'failover-losing-writes',
  realms: ['redis'],
  async aim({ redis }) {
    if (redis.kind !== 'sentinel') throw new Error('this fault needs a Sentinel');
    const { master, replica } = redis;
    const way = await TcpProxy.start(master.url);
    await follow(replica.url, Number(new URL(way.url).port));
    way.hold();
    await sleep(LOST_MS);
    return {
      async strike() {
        await master.kill();
        way.onAnswer = () => undefined;
        way.cutAll();
        await ask(replica.url, (asked) => untilSays(asked, 'role:master'));
        await way.close();
      },
      async heal() {
        await master.startAgain();
        await follow(master.url, replica.port);
        redis.master = replica;
        redis.replica = master;
      },
    };
  },
};
