import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FeedWindow, FRESH_MS } from '../../../src/ledger/belief.js';
import type { FeedReading, UserChange } from '../../../src/ports/feed-ledger.port.js';
import type { UserCopy } from '../../../src/ports/user-record.js';
import { LedgerModel } from './ledger-model.js';

const WINDOW_MS = 15_000;
const SLACK_MS = 2000;
const TRIM_MS = WINDOW_MS + SLACK_MS;
const USERS = ['a', 'b', 'c'];
const BROKERS = 3;

/** A reading of the feed that is under way. */
interface Reading {
  readonly beganAtMs: number;
  readonly from: number;
  readonly behind: string | undefined;
  answer?: FeedReading;
  /** What had been committed when it began. */
  truth: ReadonlyMap<string, number>;
}

class Broker {
  window = new FeedWindow(WINDOW_MS, SLACK_MS);
  /** Its monotonic clock, which stands still while its machine is suspended. */
  clockMs = 0;
  #reading: Reading | undefined;
  #truth: ReadonlyMap<string, number> = new Map();
  #beganAtMs = -Infinity;

  constructor(private readonly ledger: LedgerModel) {
    this.join();
  }

  join(): void {
    this.window = new FeedWindow(WINDOW_MS, SLACK_MS);
    this.#reading = undefined;
    this.#restart();
  }

  #restart(): void {
    const position = this.ledger.startingPosition(WINDOW_MS);
    this.window.restart(position, this.ledger.nowMs);
  }

  begin(): void {
    this.#reading ??= {
      beganAtMs: this.clockMs,
      from: this.window.position,
      behind: this.window.mark,
      truth: new Map(this.ledger.versions),
    };
  }

  answer(): void {
    if (this.#reading)
      this.#reading.answer ??= this.ledger.read(this.#reading.from, this.#reading.behind);
  }

  /** The answer arrives, or the reading fails. */
  finish(succeeds: boolean): void {
    const reading = this.#reading;
    if (reading?.answer === undefined) return;
    this.#reading = undefined;
    if (!succeeds) return;
    if (this.window.take(reading.answer, reading.beganAtMs)) {
      this.#truth = reading.truth;
      this.#beganAtMs = reading.beganAtMs;
    } else {
      this.#restart();
    }
  }

  /** What was committed to a ledger that was lost needs to be known by nobody. */
  failedOver(): void {
    if (this.#reading !== undefined && this.#reading.answer === undefined) {
      this.#reading.truth = new Map(this.ledger.versions);
    }
  }

  believes(copy: UserCopy): boolean {
    return this.window.disbelief(copy, this.clockMs) === undefined;
  }

  /** What is wrong with believing a copy, if anything. */
  mistake(copy: UserCopy): string | undefined {
    const ageMs = this.clockMs - this.#beganAtMs;
    if (ageMs >= FRESH_MS) return `the last reading began ${ageMs} ms ago`;
    const committed = this.#truth.get(copy.userId) ?? 0;
    if (copy.version >= committed) return undefined;
    return `version ${copy.version} of ${copy.userId}, when ${committed} was committed`;
  }
}

type Step =
  | { do: 'begin'; users: readonly string[] }
  | { do: 'stranger' }
  | { do: 'write'; which: number }
  | { do: 'end'; which: number; commits: boolean }
  | { do: 'change'; users: readonly string[] }
  | { do: 'copy'; user: string }
  | { do: 'pass'; ms: number }
  | { do: 'suspend'; broker: number; ms: number }
  | { do: 'read'; broker: number; phase: 'begin' | 'answer' | 'finish' | 'fail' | 'all' }
  | { do: 'readers'; forMs: number }
  | { do: 'hear'; broker: number; which: number }
  | { do: 'join'; broker: number }
  | { do: 'trim' }
  | { do: 'failOver'; lost: number };

const users = fc.subarray(USERS, { minLength: 1 });
const broker = fc.nat({ max: BROKERS - 1 });
const which = fc.nat({ max: 9 });
const phase = fc.constantFrom('begin', 'answer', 'finish', 'fail', 'all');
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('begin'), users }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('stranger') }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('write'), which }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('end'),
      which,
      commits: fc.oneof({ weight: 5, arbitrary: fc.constant(true) }, fc.boolean()),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('change'), users }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('copy'), user: fc.constantFrom(...USERS) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('pass'),
      ms: fc.constantFrom(1, 100, 250, 600, 999, 1000, 1001, 4000, 16_000, 40_000),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('suspend'),
      broker,
      ms: fc.constantFrom(500, 14_000, 20_000, 100_000),
    }),
  },
  { weight: 14, arbitrary: fc.record({ do: fc.constant('read'), broker, phase }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('readers'),
      forMs: fc.constantFrom(500, 1000, 5000, 20_000),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('hear'), broker, which: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('join'), broker }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('trim') }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('failOver'), lost: fc.nat({ max: 3 }) }) },
);

/** Brokers on a ledger, and every copy that was ever made: any may be put at any time. */
class World {
  readonly ledger = new LedgerModel();
  readonly brokers = Array.from({ length: BROKERS }, () => new Broker(this.ledger));
  readonly copies = new Map<string, UserCopy>();
  readonly told: UserChange[] = [];
  believed = 0;
  disbelieved = 0;

  take(next: Step): void {
    const { ledger } = this;
    switch (next.do) {
      case 'begin':
        return ledger.begin(next.users);
      case 'stranger':
        return ledger.begin([]);
      case 'write':
        return ledger.write(next.which);
      case 'end':
        return void this.told.push(...ledger.end(next.which, next.commits));
      case 'change':
        ledger.begin(next.users);
        // The youngest that runs is the last.
        return void this.told.push(...ledger.endLast());
      case 'copy':
        return this.#keep(ledger.copy(next.user));
      case 'pass':
        return this.#pass(next.ms);
      case 'suspend':
        this.#pass(next.ms);
        return void (this.#broker(next.broker).clockMs -= next.ms);
      case 'read':
        return this.#read(this.#broker(next.broker), next.phase);
      case 'readers':
        return this.#readAll(next.forMs);
      case 'hear':
        return this.#hear(this.#broker(next.broker), next.which);
      case 'join':
        return this.#broker(next.broker).join();
      case 'trim':
        return ledger.trim(TRIM_MS);
      case 'failOver':
        ledger.failOver(next.lost);
        for (const one of this.brokers) one.failedOver();
        return undefined;
    }
  }

  #broker(index: number): Broker {
    const found = this.brokers[index];
    if (found === undefined) throw new Error('no such broker');
    return found;
  }

  #keep(copy: UserCopy): void {
    const { incarnation, userId, version, position } = copy;
    this.copies.set(`${incarnation} ${userId} ${version} ${position}`, copy);
  }

  #pass(ms: number): void {
    this.ledger.nowMs += ms;
    for (const one of this.brokers) one.clockMs += ms;
  }

  #read(one: Broker, readingPhase: (Step & { do: 'read' })['phase']): void {
    if (readingPhase === 'begin' || readingPhase === 'all') one.begin();
    if (readingPhase === 'answer' || readingPhase === 'all') one.answer();
    if (readingPhase === 'finish' || readingPhase === 'all') one.finish(true);
    if (readingPhase === 'fail') one.finish(false);
  }

  #readAll(forMs: number): void {
    for (let ms = 0; ms < forMs; ms += 250) {
      this.#pass(250);
      for (const one of this.brokers) this.#read(one, 'all');
      if (ms % 1000 === 0) this.ledger.trim(TRIM_MS);
    }
  }

  #hear(one: Broker, index: number): void {
    const change = this.told[index % this.told.length];
    if (change !== undefined) one.window.hear([change]);
  }

  /** Every broker is asked about every copy that there ever was. */
  check(): void {
    for (const one of this.brokers) {
      for (const copy of this.copies.values()) {
        if (!one.believes(copy)) {
          this.disbelieved += 1;
          continue;
        }
        this.believed += 1;
        const mistake = one.mistake(copy);
        if (mistake !== undefined) throw new Error(`believed ${mistake}`);
      }
    }
  }
}

describe('what a broker believes', () => {
  test('is never older than what was committed before a reading that began within the second', () => {
    let believed = 0;
    let disbelieved = 0;
    fc.assert(
      fc.property(fc.array(step, { minLength: 20, maxLength: 120, size: 'max' }), (steps) => {
        const world = new World();
        for (const next of steps) {
          world.take(next);
          world.check();
        }
        believed += world.believed;
        disbelieved += world.disbelieved;
      }),
      { numRuns: 4000 },
    );
    // Both happen often enough to mean something.
    expect(believed).toBeGreaterThan(disbelieved / 50);
    expect(disbelieved).toBeGreaterThan(believed / 50);
  });
});
