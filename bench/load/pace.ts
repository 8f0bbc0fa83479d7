/**
 * Spreads requests evenly over time, whoever of the connections sends them: one that comes late
 * sends at once, so that the rate holds on average.
 */
export class Pace {
  readonly #beganAt = performance.now();
  readonly #intervalMs: number;
  #slots = 0;

  constructor(perSecond: number) {
    this.#intervalMs = 1000 / perSecond;
  }

  /** Takes the next slot. Returns the milliseconds until then; not above 0 when it has begun. */
  waitMs(): number {
    return this.#beganAt + this.#slots++ * this.#intervalMs - performance.now();
  }
}
