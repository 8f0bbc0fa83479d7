import type { LoadResult } from '../load/run-load.js';
import { Cores, type CoreShares } from './cores.js';
import { median } from './median.js';

/** Medians over the rounds of one side. */
export interface Side {
  readonly perSecond: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
  readonly cores: CoreShares;
}

export interface InTurn {
  readonly first: Side;
  readonly second: Side;
  /** Throughput of the first as a share of the second's, by round. */
  readonly ratios: readonly number[];
}

export interface InTurnPlan {
  readonly first: () => Promise<LoadResult>;
  readonly second: () => Promise<LoadResult>;
  readonly rounds: number;
  /** What must be done before each round, unmeasured. */
  readonly before?: () => Promise<void>;
  /** Processes whose share of the machine is watched, by name. */
  readonly pids: ReadonlyMap<string, number>;
}

interface Round extends LoadResult {
  readonly cores: CoreShares;
}

/** Measures two things in turn, each first in every other round: what disturbs one disturbs both. */
export async function inTurn(plan: InTurnPlan): Promise<InTurn> {
  const [first, second]: [Round[], Round[]] = [[], []];
  for (let round = 0; round < plan.rounds; round += 1) {
    await plan.before?.();
    const turns = [
      async () => first.push(await measured(plan, plan.first)),
      async () => second.push(await measured(plan, plan.second)),
    ];
    for (const turn of round % 2 === 0 ? turns : turns.toReversed()) await turn();
  }
  const ratios = first.map((round, index) => perSecond(round) / perSecond(second[index] as Round));
  return { first: summary(first), second: summary(second), ratios };
}

async function measured({ pids }: InTurnPlan, run: () => Promise<LoadResult>): Promise<Round> {
  const cores = await Cores.of(pids);
  const result = await run();
  return { ...result, cores: await cores.sharesSince(result.seconds) };
}

function perSecond({ operations, seconds }: LoadResult): number {
  return operations / seconds;
}

function summary(rounds: readonly Round[]): Side {
  const names = [...new Set(rounds.flatMap(({ cores }) => Object.keys(cores)))];
  return {
    perSecond: median(rounds.map(perSecond)),
    p50: median(rounds.map(({ p50 }) => p50)),
    p99: median(rounds.map(({ p99 }) => p99)),
    cores: Object.fromEntries(
      names.map((name) => [name, median(rounds.map(({ cores }) => cores[name] ?? 0))]),
    ),
  };
}
