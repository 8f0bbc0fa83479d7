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
   * read. A copy read from the ledger after this may bear it. It stands still while an old
   * transaction runs.
   */
  readonly position: number;
  /** No transaction that this reading told of has this position or a higher one. */
  readonly upTo: number;
  /** What this reading saw, for the next one to go on behind it. */
  readonly mark: string;
  /** The ledger's clock, Unix milliseconds. */
  readonly nowMs: number;
  /** User changes that were asked for. */
  readonly users: readonly UserChange[];
  /** Whether anything of the control part is among them. */
  readonly control: boolean;
}

export interface FeedQuery {
  /** The mark of an earlier reading: what that one saw is not told again. */
  readonly behind?: string | undefined;
  /** After which the reading has failed; absent: the engine's own patience. */
  readonly timeoutMs?: number;
}

/**
 * The feed: the ledger's own record of which user reached which version.
 *
 * Failure: throws `BrokerError('ledger_unavailable')`.
 */
export abstract class FeedLedger {
  /** What changed at or after `from`, a position given by an earlier reading. */
  abstract read(from: number, query?: FeedQuery): Promise<FeedReading>;

  /**
   * The position from which a reading covers at least the last `seconds` as far as the feed still
   * holds them: where a broker that has just started begins.
   */
  abstract startingPosition(seconds: number): Promise<number>;

  /** Forgets what is older than `seconds`. Returns how many rows went. */
  abstract trim(seconds: number): Promise<number>;
}
