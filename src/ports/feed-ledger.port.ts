/** One user's new version, as the feed names it. */
export interface UserChange {
  readonly appId: string;
  readonly userId: string;
  readonly version: number;
}

export interface FeedReading {
  /** Which life of the ledger this is: larger after a restore or a failover. */
  readonly incarnation: number;
  /**
   * Every transaction before this position has ended, and those that committed are in what was
   * read. The next reading starts here; a copy read from the ledger after this may bear it.
   */
  readonly position: number;
  /** The ledger's clock, Unix milliseconds. */
  readonly nowMs: number;
  /** User changes at or after the position that was asked for; some may have been told before. */
  readonly users: readonly UserChange[];
  /** Whether anything of the control part changed at or after that position. */
  readonly control: boolean;
}

/**
 * The feed: the ledger's own record of which user reached which version.
 *
 * Failure: throws `BrokerError('ledger_unavailable')`.
 */
export abstract class FeedLedger {
  /** What changed at or after `from`, a position given by an earlier reading. */
  abstract read(from: number): Promise<FeedReading>;

  /**
   * The position from which a reading covers at least the last `seconds` as far as the feed still
   * holds them: where a broker that has just started begins.
   */
  abstract startingPosition(seconds: number): Promise<number>;

  /** Forgets what is older than `seconds`. Returns how many rows went. */
  abstract trim(seconds: number): Promise<number>;
}
