import type { RedisKind } from '../house/house.js';
import { brokerKilled, brokerKilledAtPoint, brokerStopped } from './broker-faults.js';
import { clusterMasterEmptied, clusterMasterReplaced } from './cluster-faults.js';
import type { Fault } from './fault.js';
import { ledgerCrashed, ledgerHung, ledgerRestarted } from './ledger-faults.js';
import {
  redisOldMaster,
  redisRefusedToOne,
  redisSilentToOne,
  redisSlow,
} from './network-faults.js';
import {
  redisFlushed,
  redisFromOldDump,
  redisFull,
  redisHung,
  redisKilled,
} from './redis-faults.js';
import { failoverLosingWrites } from './sentinel-faults.js';

const OF_ANY: readonly Fault[] = [
  ...[ledgerRestarted, ledgerCrashed, ledgerHung],
  ...[brokerStopped, brokerKilled, brokerKilledAtPoint],
];

const OF_REDIS: Readonly<Record<RedisKind, readonly Fault[]>> = {
  single: [
    ...[redisFlushed, redisKilled, redisFromOldDump, redisHung, redisFull],
    ...[redisSlow, redisSilentToOne, redisRefusedToOne, redisOldMaster],
  ],
  sentinel: [failoverLosingWrites],
  cluster: [clusterMasterReplaced, clusterMasterEmptied],
};

/** What can go wrong in a house with this kind of Redis. */
export function faultsOf(kind: RedisKind): readonly Fault[] {
  return [...OF_REDIS[kind], ...OF_ANY];
}

/** The part of it that is Redis's. */
export function redisFaultsOf(kind: RedisKind): readonly Fault[] {
  return OF_REDIS[kind];
}
