import { setTimeout as sleep } from 'node:timers/promises';
import type { ScenarioName } from '../load/scenarios.js';
import type { BenchOptions } from '../options.js';
import { Endings } from '../processes/endings.js';
import { type Installation, openInstallation } from '../processes/installation.js';
import { Storage } from '../processes/storage.js';
import { type InTurn, inTurn } from './in-turn.js';

/** A scenario with Redis stopped beside the same with Redis. */
export interface RedisOutComparison {
  readonly scenario: ScenarioName;
  /** First without Redis, second with it. */
  readonly turns: InTurn;
}

const SCENARIOS = ['mint-openim', 'parse-warm', 'parse-cold'] as const;
/** Tokens that a warm check is made with; all of them fit into what a broker remembers. */
const WARM_TOKENS = 10_000;
/** Members who log in while the tokens of others are checked. */
const OTHERS_FROM = 100_000_000;

/**
 * Two installations of two brokers, alike but that the Redis of one is killed, under load: measured
 * in turn on the first broker of each, while the other one mints what is cold to it.
 */
export async function compareRedisOut(options: BenchOptions): Promise<RedisOutComparison[]> {
  const endings = new Endings();
  const open = async (cpuProfile?: string) => {
    const storage = await Storage.start('cluster');
    endings.add(() => storage.stop());
    const installation = await openInstallation(await storage.provide(), 2, endings, cpuProfile);
    return { ...installation, storage };
  };
  try {
    const [whole, maimed] = [await open(), await open(options.cpuProfile)];
    for (const side of [whole, maimed]) await mintAll(side, options.users);
    await killUnderLoad(maimed, options);

    const comparisons: RedisOutComparison[] = [];
    for (const scenario of SCENARIOS) {
      const prepare = async () => {
        const count =
          scenario === 'parse-warm' ? Math.min(options.users, WARM_TOKENS) : options.users;
        if (scenario === 'mint-openim') return;
        for (const side of [maimed, whole]) await mintAll(side, count);
      };
      const run = (side: Installation, seconds: number) => runOn(side, scenario, seconds, options);
      await prepare();
      await run(maimed, options.warmUpSeconds);
      await run(whole, options.warmUpSeconds);
      const turns = await inTurn({
        first: () => run(maimed, options.seconds),
        second: () => run(whole, options.seconds),
        rounds: options.rounds,
        ...(scenario === 'parse-cold' ? { before: prepare } : {}),
        pids: new Map(),
      });
      comparisons.push({ scenario, turns });
    }
    return comparisons;
  } finally {
    await endings.run();
  }
}

/** By the other broker: the first one's own copies are out of date. */
async function mintAll({ load, other }: Installation, count: number): Promise<void> {
  await load.mint({ host: other.host, from: 0, count });
}

/** Mints and checks go on while Redis dies: one that fails ends the benchmark. */
async function killUnderLoad(
  side: Installation & { readonly storage: Storage },
  options: BenchOptions,
): Promise<void> {
  const { load, first } = side;
  // It dies in the middle.
  const seconds = 2 * options.seconds;
  const { connections, users } = options;
  const common = { host: first.host, seconds, connections, users };
  const running = Promise.all([
    load.run({ ...common, scenario: 'parse-cold' }),
    load.run({ ...common, scenario: 'parse-warm' }),
    load.run({ ...common, scenario: 'mint-openim', from: OTHERS_FROM }),
  ]);
  const killing = sleep(options.seconds * 1000).then(() => side.storage.redis?.kill());
  await Promise.all([running, killing]);
}

function runOn(
  { load, first }: Installation,
  scenario: ScenarioName,
  seconds: number,
  { connections, users }: BenchOptions,
) {
  return load.run({ host: first.host, scenario, seconds, connections, users });
}
