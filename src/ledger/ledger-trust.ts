import type { Clock } from '../common/clock.js';
import { BrokerError } from '../common/errors.js';
import { FRESH_MS, type FeedWindow } from './belief.js';
import type { FeedFollower } from './feed-follower.js';

/** How far the broker's clock may be off before it is not ready. */
const MAX_CLOCK_OFFSET_MS = 2000;

/**
 * Whether this broker may rely on what it holds of the ledger (keys, secrets, apps): it has read
 * the feed within the last second, or the ledger is out and that is within the grace.
 */
export class LedgerTrust {
  constructor(
    private readonly window: FeedWindow,
    private readonly follower: FeedFollower,
    private readonly clock: Clock,
    private readonly graceSeconds: number,
  ) {}

  /** The quick question, asked at every check. */
  isFresh(): boolean {
    return this.window.ageMs(this.clock.monotonicMs()) < FRESH_MS;
  }

  /** Whether the ledger can't be read and the grace has not run out. */
  isWithinGrace(): boolean {
    return (
      this.follower.isFailing &&
      this.window.ageMs(this.clock.monotonicMs()) < FRESH_MS + this.graceSeconds * 1000
    );
  }

  /** Whether this machine's clock agrees with the ledger's well enough to test expiries by it. */
  isClockRight(): boolean {
    return Math.abs(this.follower.clockOffsetMs) <= MAX_CLOCK_OFFSET_MS;
  }

  /** Makes it fresh, or throws `ledger_unavailable` when neither that nor the grace helps. */
  async renew(): Promise<void> {
    if (this.isFresh() || this.isWithinGrace()) return;
    if (!this.follower.isFailing) {
      await this.follower.readAfterNow().catch(() => undefined);
      if (this.isFresh() || this.isWithinGrace()) return;
    }
    throw new BrokerError('ledger_unavailable', 'the ledger cannot be read now');
  }
}
