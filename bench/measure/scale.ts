import { fillPostgres } from '../fill/fill-postgres.js';
import { fillRedis } from '../fill/fill-redis.js';
import { fillSqlite } from '../fill/fill-sqlite.js';
import { openBroker } from '../house.js';
import type { ScenarioName } from '../load/scenarios.js';
import type { BenchOptions } from '../options.js';
import { makeSecrets, type RunningBroker } from '../processes/broker.js';
import { Endings } from '../processes/endings.js';
import { Load } from '../processes/load.js';
import { type Profile, Storage, type StoreUrls } from '../processes/storage.js';
import { inTurn, type Side } from './in-turn.js';

/** One scenario on a full ledger beside the same on a small one. */
export interface ScaleComparison {
  readonly profile: Profile;
  readonly scenario: ScenarioName;
  readonly fullSessions: number;
  readonly full: Side;
  readonly small: Side;
  /** Throughput on the full ledger as a share of that on the small one, by round. */
  readonly ratios: readonly number[];
}

export const SMALL_SESSIONS = 1000;
const SCENARIOS = ['mint-openim', 'parse-warm'] as const;

/** Members whose tokens are checked: some of the whole ledger's. */
const CHECKED = 1000;

/** Two brokers, each with stores of its own on the same servers, measured in turn. */
export async function compareScale(
  profile: Profile,
  options: BenchOptions,
): Promise<ScaleComparison[]> {
  const endings = new Endings();
  try {
    const storage = await Storage.start(profile);
    endings.add(() => storage.stop());
    const secrets = makeSecrets();
    const open = async (sessions: number) => {
      const urls = await storage.provide();
      const broker = await openBroker(secrets, urls, endings, undefined);
      await fill(broker, urls, sessions);
      const load = await Load.start(endings);
      await load.signIn({ host: broker.host, secret: secrets.appSecret });
      return (scenario: ScenarioName, seconds: number) =>
        measure(broker, load, scenario, sessions, seconds, options.connections);
    };
    const [small, full] = [await open(SMALL_SESSIONS), await open(options.sessions)];
    const comparisons: ScaleComparison[] = [];
    for (const scenario of SCENARIOS) {
      await small(scenario, options.warmUpSeconds);
      await full(scenario, options.warmUpSeconds);
      const { first, second, ratios } = await inTurn({
        first: () => full(scenario, options.seconds),
        second: () => small(scenario, options.seconds),
        rounds: options.rounds,
        pids: new Map(),
      });
      const fullSessions = options.sessions;
      comparisons.push({ profile, scenario, fullSessions, full: first, small: second, ratios });
    }
    return comparisons;
  } finally {
    await endings.run();
  }
}

async function fill(broker: RunningBroker, urls: StoreUrls, sessions: number): Promise<void> {
  if (urls.databaseUrl === undefined) return fillSqlite(broker.dataDirectory, sessions);
  await fillPostgres(urls.databaseUrl, sessions);
  if (urls.redisUrl !== undefined) await fillRedis(urls.redisUrl, sessions);
}

async function measure(
  { host }: RunningBroker,
  load: Load,
  scenario: ScenarioName,
  users: number,
  seconds: number,
  connections: number,
) {
  // Minted for anew each time: mints in between have ended their sessions.
  if (scenario === 'parse-warm') await load.mint({ host, from: 0, count: CHECKED });
  return load.run({ host, scenario, seconds, connections, users });
}
