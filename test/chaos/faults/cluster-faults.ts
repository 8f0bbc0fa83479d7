import { setTimeout as sleep } from 'node:timers/promises';
import type { RunningRedis } from '../../support/redis-server.js';
import type { House } from '../house/house.js';
import { ask } from '../house/redis-life.js';
import { untilSays } from '../house/replication.js';
import type { SeededRandom } from '../random.js';
import type { Fault } from './fault.js';

const REALMS = ['redis'] as const;

interface Pair {
  readonly master: RunningRedis;
  readonly replica: RunningRedis;
}

/** One of the masters of the Cluster, as roles are now, and its replica. */
async function somePair({ redis }: House, random: SeededRandom): Promise<Pair> {
  if (redis.kind !== 'cluster') throw new Error('this fault needs a Cluster');
  const said = await Promise.all(
    redis.nodes.map((node) => ask(node.url, (asked) => asked.info('replication'))),
  );
  const pairs = redis.nodes.flatMap((replica, n): Pair[] => {
    const port = /master_port:(\d+)/.exec(said[n] ?? '')?.[1];
    const master = redis.nodes.find((node) => String(node.port) === port);
    return master === undefined ? [] : [{ master, replica }];
  });
  const pair = random.oneOf(pairs);
  if (pair === undefined) throw new Error('the Cluster has no replica');
  return pair;
}

/** A master of the Cluster is killed, and its replica takes over. */
export const clusterMasterReplaced: Fault = {
  name: 'cluster-master-replaced',
  realms: REALMS,
  async aim(house, random) {
    const { master, replica } = await somePair(house, random);
    return {
      async strike() {
        await master.kill();
        await ask(replica.url, (redis) => untilSays(redis, 'role:master'));
      },
      async heal() {
        await master.startAgain();
        await ask(master.url, (redis) => untilSays(redis, 'master_link_status:up'));
      },
    };
  },
};

/** A master of the Cluster is killed and back, with nothing, before anybody takes over. */
export const clusterMasterEmptied: Fault = {
  name: 'cluster-master-emptied',
  realms: REALMS,
  async aim(house, random) {
    const { master, replica } = await somePair(house, random);
    const mayTakeOver = (may: 'yes' | 'no') =>
      ask(replica.url, (redis) =>
        redis.config('SET', 'cluster-replica-no-failover', may === 'yes' ? 'no' : 'yes'),
      );
    return {
      async strike() {
        await mayTakeOver('no');
        await master.kill();
        await sleep(200);
      },
      async heal() {
        await master.startAgain();
        await ask(replica.url, (redis) => untilSays(redis, 'master_link_status:up'));
        await mayTakeOver('yes');
      },
    };
  },
};
