import { Clock } from '../../src/common/clock.js';

/** A clock that stands still until it is told to go on. */
export class ManualClock extends Clock {
  #nowMs: number;
  #monotonicMs = 0;

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

  /** Lets time pass, for both clocks. */
  advance(ms: number): void {
    this.#nowMs += ms;
    this.#monotonicMs += ms;
  }

  /** Sets the wall clock, which may jump; the monotonic one goes on as if nothing was. */
  jumpTo(nowMs: number): void {
    this.#nowMs = nowMs;
  }
}
