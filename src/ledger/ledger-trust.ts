import type { Clock } from '../common/clock.js';
import { BrokerError } from '../common/errors.js';
import type { ChangeEvents } from '../ports/change-events.port.js';
import { FRESH_MS, type FeedWindow } from './belief.js';
import type { FeedFollower } from './feed-follower.js';

/** How far the broker's clock may be off before it is not ready. */
const MAX_CLOCK_OFFSET_MS = 2000;

/**
 * Whether this broker may rely on what it holds of the ledger (keys, secrets, apps): it has read
 * the feed within the last second, or the ledger is out and that is within the grace.
 *
 * A ledger that this broker can't read may be out for all, and then nothing changes; or others
 * still reach it, and end sessions and kill keys. Only the change events tell. So the grace lasts
 * while this broker has heard all of them, from the last reading of the feed up to less than a
 * second ago, and no longer than until one tells of a control change, which it can't read. (A
 * change of a user makes that user's copies disbelieved, no more.)
 */
export class LedgerTrust {
  constructor(
    private readonly window: FeedWindow,
    private readonly follower: FeedFollower,
    private readonly events: ChangeEvents,
    private readonly clock: Clock,
    private readonly graceSeconds: number,
  ) {}

  /** The quick question, asked at every check. */
  isFresh(): boolean {
    return this.window.ageMs(this.clock.monotonicMs()) < FRESH_MS;
  }

  /** Whether the ledger can't be read, the grace has not run out, and nobody else changes it. */
  isWithinGrace(): boolean {
    const nowMs = this.clock.monotonicMs();
    return (
      this.follower.isFailing &&
      !this.follower.isMissingControl &&
      this.window.ageMs(nowMs) < FRESH_MS + this.graceSeconds * 1000 &&
      this.#hasHeardAll(nowMs)
    );
  }

  /** Whether every event since the last reading of the feed has been heard, but for the newest. */
  #hasHeardAll(nowMs: number): boolean {
    const { sinceMs, untilMs } = this.events.heard();
    return sinceMs <= this.window.readingBeganAtMs && nowMs - untilMs < FRESH_MS;
  }

  /** Whether this machine's clock agrees with the ledger's well enough to test expiries by it. */
  isClockRight(): boolean {
    return Math.abs(this.follower.clockOffsetMs) <= MAX_CLOCK_OFFSET_MS;
  }

  /**
   * Makes it fresh, or throws `ledger_unavailable` when neither that nor the grace helps. Waits for
   * the reading that is under way, and for another one only when that did not fail: after a failure
   * a reading may take as long as the driver has patience.
   */
  async renew(): Promise<void> {
    for (let tries = 0; tries < 2; tries += 1) {
      if (this.isFresh() || this.isWithinGrace()) return;
      if (this.follower.isFailing) break;
      await this.follower.read().catch(() => undefined);
    }
    if (this.isFresh() || this.isWithinGrace()) return;
    throw new BrokerError('ledger_unavailable', 'the ledger cannot be read now');
  }
}
