import { RedisCounters } from './measure/redis-counters.js';
import {
  type BrokerSecrets,
  makeSecrets,
  type RunningBroker,
  startBroker,
} from './processes/broker.js';
import { Endings } from './processes/endings.js';
import { type RunningFloor, startFloor } from './processes/floor.js';
import { Load } from './processes/load.js';
import { type Profile, Storage, type StoreUrls } from './processes/storage.js';

/** All that a profile's comparisons run on. */
export interface House {
  readonly profile: Profile;
  readonly broker: RunningBroker;
  readonly floor: RunningFloor;
  readonly load: Load;
  /** The broker's stores. */
  readonly urls: StoreUrls;
  readonly redisCounters: RedisCounters | undefined;
  /** Processes of a measurement by name. */
  readonly pids: ReadonlyMap<string, number>;
  /** In a cluster a second broker, to be stopped by the caller; embedded, the broker itself. */
  openMinter(): Promise<RunningBroker>;
  close(): Promise<void>;
}

/** Starts the stores, broker, floors and load of a profile, and signs the load in. */
export async function openHouse(profile: Profile, cpuProfile: string | undefined): Promise<House> {
  const endings = new Endings();
  try {
    return await open(profile, cpuProfile, endings);
  } catch (error) {
    await endings.run();
    throw error;
  }
}

async function open(
  profile: Profile,
  cpuProfile: string | undefined,
  endings: Endings,
): Promise<House> {
  const storage = await Storage.start(profile);
  endings.add(() => storage.stop());
  const secrets = makeSecrets();
  const urls = await storage.provide();
  const broker = await openBroker(secrets, urls, endings, cpuProfile);
  const floor = await startFloor(await storage.provide());
  endings.addProcess(floor.process, floor.directory);
  const load = await Load.start(endings);
  await load.signIn({ host: broker.host, secret: secrets.appSecret });
  const redisCounters =
    storage.redis === undefined ? undefined : new RedisCounters(storage.redis.url);
  endings.add(() => redisCounters?.close());
  return {
    profile,
    broker,
    floor,
    load,
    urls,
    redisCounters,
    pids: new Map([
      ['broker', broker.process.pid],
      ['floor', floor.process.pid],
      ['load', load.process.pid],
      ...(storage.postgres === undefined ? [] : [['postgres', storage.postgres.pid] as const]),
      ...(storage.redis === undefined ? [] : [['redis', storage.redis.pid] as const]),
    ]),
    openMinter: async () =>
      profile === 'embedded' ? broker : openBroker(secrets, urls, endings, undefined),
    close: () => endings.run(),
  };
}

export async function openBroker(
  secrets: BrokerSecrets,
  urls: StoreUrls,
  endings: Endings,
  cpuProfile: string | undefined,
  settings: Readonly<Record<string, string>> = {},
): Promise<RunningBroker> {
  const broker = await startBroker({ secrets, ...urls, cpuProfile, settings });
  endings.addProcess(broker.process, broker.dataDirectory);
  return broker;
}
