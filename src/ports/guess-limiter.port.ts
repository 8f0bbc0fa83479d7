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
}

/**
 * Counts tries, shared by all brokers. `key` tells whose they are; it may be anything and is
 * stored as a hash only.
 *
 * Failure: throws `BrokerError('limiter_unavailable')` when it can't be reached. Who asks fails
 * closed.
 */
export abstract class GuessLimiter {
  /**
   * Counts one try, atomically. Concurrent tries never get more than `attempts` through within the
   * time.
   */
  abstract take(limit: GuessLimit, key: string): Promise<GuessCount>;

  /**
   * Gives one try back: it was no guess. Never below none; no window begins. If its own has ended, it
   * is taken off the one that runs, for nothing tells them apart.
   */
  abstract giveBack(limit: GuessLimit, key: string): Promise<void>;
}
