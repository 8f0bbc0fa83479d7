import { Clock } from '../../src/common/clock.js';

/** A clock that stands still until it is told to go on. */
export class ManualClock extends Clock {
  #nowMs: number;
  #monotonicMs = 0;
  #sleepers: { readonly until: number; readonly wake: () => void }[] = [];

  /** Starts at a wall time, Unix milliseconds. */
  constructor(nowMs = 1_800_000_000_000) {
    super();
    this.#nowMs = nowMs;
  }

  override nowMs(): number {
    return this.#nowMs;
  }

  override monotonicMs(): number {
    return this.#monotonicMs;
  }

  override sleep(ms: number): Promise<void> {
    return new Promise((wake) => this.#sleepers.push({ until: this.#monotonicMs + ms, wake }));
  }

  /** How many sleep. */
  get sleepers(): number {
    return this.#sleepers.length;
  }

  /** Lets time pass, for both clocks, and wakes whose time has come. */
  advance(ms: number): void {
    this.#nowMs += ms;
    this.#monotonicMs += ms;
    const awake = this.#sleepers.filter((sleeper) => sleeper.until <= this.#monotonicMs);
    this.#sleepers = this.#sleepers.filter((sleeper) => sleeper.until > this.#monotonicMs);
    for (const sleeper of awake) sleeper.wake();
  }

  /** Sets the wall clock, which may jump; the monotonic one goes on as if nothing was. */
  jumpTo(nowMs: number): void {
    this.#nowMs = nowMs;
  }
}
