import { processorSeconds } from './processor-time.js';

/** Processor cores that each process took on average, by its name. */
export type CoreShares = Readonly<Record<string, number>>;

/** Watches what share of the machine each process of a measurement takes. */
export class Cores {
  private constructor(
    private readonly pids: ReadonlyMap<string, number>,
    private readonly before: ReadonlyMap<string, number>,
  ) {}

  static async of(pids: ReadonlyMap<string, number>): Promise<Cores> {
    return new Cores(pids, await secondsOf(pids));
  }

  async sharesSince(seconds: number): Promise<CoreShares> {
    const shares: Record<string, number> = {};
    for (const [name, end] of await secondsOf(this.pids)) {
      shares[name] = (end - (this.before.get(name) ?? end)) / seconds;
    }
    return shares;
  }
}

async function secondsOf(pids: ReadonlyMap<string, number>): Promise<Map<string, number>> {
  const seconds = new Map<string, number>();
  for (const [name, pid] of pids) {
    const taken = await processorSeconds(pid);
    if (taken !== undefined) seconds.set(name, taken);
  }
  return seconds;
}
