import { KEPT_ENDS, MAX_KEPT_ENDS } from '../../src/ports/user-record.js';
import type { House } from '../house.js';
import type { LoadResult } from '../load/run-load.js';
import type { ScenarioName } from '../load/scenarios.js';
import type { BenchOptions } from '../options.js';
import { type Costs, countCosts } from './costs.js';
import { inTurn, type Side } from './in-turn.js';

/** A scenario measured beside its floor. */
export interface Comparison {
  readonly profile: string;
  readonly scenario: ScenarioName;
  readonly broker: Side;
  readonly floor: Side;
  /** Broker's throughput as a share of the floor's, by round. */
  readonly ratios: readonly number[];
  readonly costs: Costs;
}

/** Connections of a batch load: each carries a thousand mints. */
const BATCH_CONNECTIONS = 4;
/** Tokens that a warm check is made with; all of them fit into what a broker remembers. */
const WARM_TOKENS = 10_000;

/**
 * Mints for all members until each has had more sessions than their row keeps, and then for a part
 * of them once to several times more, so that at any moment as many put ends aside as in the long
 * run: what a mint costs then.
 */
export async function season({ load, broker }: House, users: number): Promise<void> {
  for (let login = 0; login <= MAX_KEPT_ENDS + 1; login += 1) {
    await load.mint(membersOf(broker.host, users));
  }
  const cycle = MAX_KEPT_ENDS + 1 - KEPT_ENDS;
  for (let part = 1; part < cycle; part += 1) {
    await load.mint(membersOf(broker.host, Math.floor((users * part) / cycle)));
  }
}

/** Measures a scenario beside its floor. */
export async function compare(
  house: House,
  scenario: ScenarioName,
  options: BenchOptions,
): Promise<Comparison> {
  const cold = scenario === 'parse-cold';
  const runs = sides(house, scenario, options);
  await house.floor.process.call('cold', cold);
  // A token that a broker never saw comes from another one, where there can be another.
  const minter = cold ? await house.openMinter() : house.broker;
  const mintAll = async () => void (await house.load.mint(membersOf(minter.host, options.users)));
  try {
    if (cold) await mintAll();
    if (scenario === 'parse-warm') {
      await house.load.mint(membersOf(minter.host, Math.min(options.users, WARM_TOKENS)));
    }
    await runs.broker(options.warmUpSeconds);
    await runs.floor(options.warmUpSeconds);
    const { first, second, ratios } = await inTurn({
      first: () => runs.broker(options.seconds),
      second: () => runs.floor(options.seconds),
      rounds: options.rounds,
      pids: house.pids,
      // New sessions for all: the tokens of the last round have been seen.
      ...(cold ? { before: mintAll } : {}),
    });
    if (cold) await mintAll();
    const costs = await countCosts(house, () => runs.broker(options.warmUpSeconds));
    return { profile: house.profile, scenario, broker: first, floor: second, ratios, costs };
  } finally {
    if (minter !== house.broker) await minter.process.stop();
  }
}

function membersOf(host: string, count: number) {
  return { host, from: 0, count };
}

function sides({ load, broker, floor }: House, scenario: ScenarioName, options: BenchOptions) {
  const { users } = options;
  const connections = scenario === 'batch' ? BATCH_CONNECTIONS : options.connections;
  const run = (host: string, seconds: number) =>
    load.run({ host, scenario, seconds, connections, users });
  return {
    broker: (seconds: number) => run(broker.host, seconds),
    floor: (seconds: number) =>
      scenario === 'batch'
        ? floor.process.call<LoadResult>('batchLoop', { seconds, connections })
        : run(floor.host, seconds),
  };
}
