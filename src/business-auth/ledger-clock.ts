import { type Clock, toUnixSeconds } from '../common/clock.js';
import type { FeedFollower } from '../ledger/feed-follower.js';

/** The ledger's clock as this broker last read it: good enough before a transaction decides. */
export class LedgerClock {
  constructor(
    private readonly clock: Clock,
    private readonly follower: Pick<FeedFollower, 'clockOffsetMs'>,
  ) {}

  /** Milliseconds since the Unix epoch. */
  nowMs(): number {
    return this.clock.nowMs() + this.follower.clockOffsetMs;
  }

  /** Unix seconds. */
  nowSeconds(): number {
    return toUnixSeconds(this.nowMs());
  }
}
