import { availableParallelism } from 'node:os';
import { openBroker } from '../house.js';
import type { LoadResult } from '../load/run-load.js';
import { inTurn, type InTurn } from '../measure/in-turn.js';
import type { BenchOptions, BusinessName } from '../options.js';
import { makeSecrets, type RunningBroker } from '../processes/broker.js';
import { Endings } from '../processes/endings.js';
import { Load } from '../processes/load.js';
import { type Profile, Storage } from '../processes/storage.js';
import { type BusinessFloor, startBusinessFloor, startPeople } from './people.js';
import type { NodeProcess } from '../processes/node-process.js';

/** A measurement of the business tier. */
export interface BusinessComparison {
  readonly profile: Profile;
  readonly name: BusinessName;
  readonly measured: InTurn;
}

interface BusinessHouse {
  readonly profile: Profile;
  readonly broker: RunningBroker;
  readonly floor: BusinessFloor;
  readonly people: NodeProcess;
  readonly load: Load;
  readonly pids: ReadonlyMap<string, number>;
}

/** People who refresh, and who log in: few enough to be registered in some seconds. */
const PEOPLE = 512;
/** Logins under way at once. */
const LOGGING_IN = 50;
/** Where checks come slowly: over how many connections, and how many a second. */
const SLOW = { connections: 8, perSecond: 1000 };
/** Tokens that they check. */
const CHECKED = 1000;
/** What the broker hashes at once unless it is told otherwise. */
const HASHES_AT_ONCE = Math.min(3, Math.max(1, availableParallelism() >> 1));
const ARGON2 = { memoryKib: 19_456, iterations: 2, parallelism: 1 };

/** Measures what was asked for of a profile. */
export async function measureBusiness(
  profile: Profile,
  options: BenchOptions,
): Promise<BusinessComparison[]> {
  const endings = new Endings();
  try {
    const house = await open(profile, options, endings);
    const comparisons: BusinessComparison[] = [];
    for (const name of options.business) {
      console.error(`measuring ${profile} ${name}`);
      comparisons.push({ profile, name, measured: await measure(name, house, options) });
    }
    return comparisons;
  } finally {
    await endings.run();
  }
}

async function open(
  profile: Profile,
  options: BenchOptions,
  endings: Endings,
): Promise<BusinessHouse> {
  const storage = await Storage.start(profile);
  endings.add(() => storage.stop());
  const secrets = makeSecrets();
  const broker = await openBroker(secrets, await storage.provide(), endings, options.cpuProfile, {
    // Logins are many here, and come from one address.
    COUNTERSIGN_RATE_LIMITS__ENABLED: 'false',
    // Each person refreshes many times a second, for which a session would have to wait.
    COUNTERSIGN_BUSINESS_AUTH__REFRESH_GRACE_SECONDS: '0',
  });
  const floor = await startBusinessFloor(await storage.provide(), endings);
  const people = await startPeople(endings);
  await people.call('settle', { host: broker.host, count: PEOPLE });
  await people.call('settle', { host: floor.host, count: PEOPLE });
  const load = await Load.start(endings);
  await load.signIn({ host: broker.host, secret: secrets.appSecret });
  await load.mint({ host: broker.host, from: 0, count: CHECKED });
  return {
    ...{ profile, broker, floor, people, load },
    pids: new Map([
      ['broker', broker.process.pid],
      ['floor', floor.process.pid],
      ['load', people.pid],
      ...(storage.postgres === undefined ? [] : [['postgres', storage.postgres.pid] as const]),
    ]),
  };
}

async function measure(
  name: BusinessName,
  house: BusinessHouse,
  options: BenchOptions,
): Promise<InTurn> {
  const { rounds, warmUpSeconds } = options;
  const [first, second] = sides(name, house, options);
  await first(warmUpSeconds);
  await second(warmUpSeconds);
  return inTurn({
    first: () => first(options.seconds),
    second: () => second(options.seconds),
    rounds,
    pids: house.pids,
  });
}

type Run = (seconds: number) => Promise<LoadResult>;

function sides(
  name: BusinessName,
  { broker, floor, people, load }: BusinessHouse,
  { connections }: BenchOptions,
): [Run, Run] {
  const refresh = (host: string) => (seconds: number) =>
    people.call<LoadResult>('refresh', { host, connections, seconds });
  const logins = (seconds: number) =>
    people.call<LoadResult>('logins', { host: broker.host, connections: LOGGING_IN, seconds });
  const checks = (pace: { connections: number; perSecond?: number }) => (seconds: number) =>
    load.run({
      ...{ host: broker.host, scenario: 'parse-warm' as const, seconds, users: CHECKED },
      ...pace,
    });
  switch (name) {
    case 'refresh':
      return [refresh(broker.host), refresh(floor.host)];
    case 'login':
      return [
        logins,
        (seconds) => floor.process.call('hashes', { ...ARGON2, atOnce: HASHES_AT_ONCE, seconds }),
      ];
    case 'login-beside':
      return duringLogins(checks({ connections }), logins);
    case 'login-beside-slow':
      return duringLogins(checks(SLOW), logins);
  }
}

/** Checks while people log in, beside checks by themselves. */
function duringLogins(checks: Run, logins: Run): [Run, Run] {
  const both: Run = async (seconds) => {
    const [checked] = await Promise.all([checks(seconds), logins(seconds)]);
    return checked;
  };
  return [both, checks];
}
