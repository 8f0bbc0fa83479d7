import { setTimeout as sleep } from 'node:timers/promises';
import type { Blow, Fault } from './faults/fault.js';
import { BACK_MS, House, type RedisKind } from './house/house.js';
import { Load, type LoadOptions } from './load/load.js';
import { type Counts, Operations } from './load/operations.js';
import { finalAudit } from './final-audit.js';
import { Model } from './model/model.js';
import { nowMs } from './now.js';
import { SeededRandom } from './random.js';
import { ReplyJudge } from './watch/reply-judge.js';
import type { NewsTally } from './watch/checker.js';
import type { Violation } from './watch/violation.js';
import { Watch } from './watch/watch.js';

export interface ChaosResult {
  readonly counts: Counts;
  /** How often each fault was done. */
  readonly faults: ReadonlyMap<string, number>;
  readonly news: NewsTally;
  readonly unavailable: number;
  readonly silent: number;
  /** See `ReplyJudge`. */
  readonly slowestMs: Readonly<Record<'calm' | 'troubled' | 'unavailable', number>>;
  /** Sessions that the final audit asked every broker about, after all had been started anew. */
  readonly audited: number;
  readonly violations: readonly Violation[];
}

/** Between the end of one fault and the next, so that there is calm to judge, too. */
const PAUSE_MS = { from: 1000, to: 6000 };
const HOLD_MS = { from: 1000, to: 2500 };

/** A house, its model, its watch and what can be asked of it. */
export class Chaos {
  readonly model = new Model();
  readonly watch: Watch;
  readonly operations: Operations;
  readonly #replies: ReplyJudge;
  readonly #faults = new Map<string, number>();

  private constructor(
    readonly house: House,
    readonly random: SeededRandom,
  ) {
    this.watch = new Watch(house);
    const { checker, bounds } = this.watch;
    this.#replies = new ReplyJudge(checker, bounds);
    this.operations = new Operations(house, this.model, checker, this.#replies);
  }

  static async open(kind: RedisKind, seed: number, brokers = 3): Promise<Chaos> {
    return new Chaos(await House.open(kind, brokers), new SeededRandom(seed));
  }

  load(options?: LoadOptions): Load {
    return new Load(this.house, this.model, this.operations, this.random, options);
  }

  /**
   * Does one harm, takes its cause away, and waits until every broker is well again by itself.
   * `meanwhile` is run while the harm lasts.
   */
  async suffer(fault: Fault, meanwhile?: (blow: Blow) => Promise<void>): Promise<void> {
    const { timeline, checker } = this.watch;
    const blow = await fault.aim(this.house, this.random);
    const trouble = timeline.open(fault.name, fault.realms, blow.broker);
    try {
      await blow.strike();
      const holdMs = blow.holdMs ?? this.random.between(HOLD_MS.from, HOLD_MS.to);
      await (meanwhile?.(blow) ?? sleep(holdMs));
    } finally {
      await blow.heal();
    }
    for (const who of await this.house.untilWell()) {
      checker.report('not-back', `${BACK_MS} ms after ${fault.name}: ${who}`);
    }
    timeline.close(trouble);
    this.#faults.set(fault.name, (this.#faults.get(fault.name) ?? 0) + 1);
  }

  /** Does one harm after another until the time is over; each comes as often as any other. */
  async sufferFor(seconds: number, faults: readonly Fault[], log: Log = quiet): Promise<void> {
    const end = nowMs() + seconds * 1000;
    let next: Fault[] = [];
    while (nowMs() < end && this.watch.checker.violations.length === 0) {
      await sleep(this.random.between(PAUSE_MS.from, PAUSE_MS.to));
      if (next.length === 0) next = this.random.shuffled(faults);
      const fault = next.pop();
      if (fault === undefined) continue;
      const began = nowMs();
      await this.suffer(fault);
      log(`${fault.name}: ${Math.round(nowMs() - began)} ms`);
    }
  }

  /** Starts every broker anew and asks each of them about everything; then what came of it all. */
  async conclude(): Promise<ChaosResult> {
    const audited = await finalAudit(this);
    const { news, violations } = this.watch.checker;
    const { counts, slowestMs } = this.#replies;
    return {
      ...{ counts: this.operations.counts, faults: this.#faults },
      ...{ news, slowestMs, audited, violations, ...counts },
    };
  }

  async close(): Promise<void> {
    await this.watch.stop();
    await this.house.close();
  }
}

export type Log = (line: string) => void;

const quiet: Log = () => undefined;
