import { BrokerError } from '../../common/errors.js';

/** Work that runs so many at once; what is beyond that waits, first come, first served. */
export class Turns {
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  /** `atOnce` run at a time, and `waitingMax` wait. `what` says what they are, for the error. */
  constructor(
    private readonly atOnce: number,
    private readonly waitingMax: number,
    private readonly what: string,
  ) {}

  /** What `work` comes to, begun when it has its turn. Throws `overloaded` when too many wait. */
  async take<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running < this.atOnce) this.#running += 1;
    else await this.#wait();
    try {
      return await work();
    } finally {
      // The turn is handed over, not given back, so that no newcomer steps in front.
      const next = this.#waiting.shift();
      if (next === undefined) this.#running -= 1;
      else next();
    }
  }

  #wait(): Promise<void> {
    if (this.#waiting.length >= this.waitingMax) {
      throw new BrokerError('overloaded', `too many ${this.what} wait`, { retryAfterSeconds: 1 });
    }
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}
