/** How often something may be tried. */
export interface GuessLimit {
  /** A stable word that sets its counts apart from those of other limits. */
  readonly name: string;
  readonly attempts: number;
  readonly perSeconds: number;
}

/** Where a count stands. */
export interface GuessCount {
  /** Whether this try may be made. */
  readonly allowed: boolean;
  readonly limit: GuessLimit;
  /** Tries that are left. */
  readonly remaining: number;
  /** Seconds until all of them are there again. */
  readonly resetSeconds: number;
  /** When that is, in milliseconds of this broker's monotonic clock; tells windows apart. */
  readonly endsAtMs: number;
}

/**
 * Counts tries in fixed windows, shared by all brokers. A window begins with the first try and ends
 * `perSeconds` later. `key` tells whose they are; it may be anything and is stored as a hash only.
 *
 * Failure: throws `BrokerError('limiter_unavailable')` when it can't be reached. Who asks fails
 * closed.
 */
export abstract class GuessLimiter {
  /**
   * Counts one try, atomically. Concurrent tries never get more than `attempts` through within a
   * window. One that is refused is not counted.
   */
  abstract take(limit: GuessLimit, key: string): Promise<GuessCount>;

  /**
   * Gives the try that `taken` counted back, atomically: it was no guess. Does nothing for one that
   * was refused, or when its window has ended: a later window is owed nothing. To be asked once.
   */
  abstract giveBack(taken: GuessCount, key: string): Promise<void>;
}
