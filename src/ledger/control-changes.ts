import type { Clock } from '../common/clock.js';
import type { ControlLedger, ControlState, ControlWrites } from '../ports/control-ledger.port.js';
import type { Announcer } from './announcer.js';
import { FEED_DELAY_MS } from './belief.js';
import type { FeedFollower } from './feed-follower.js';

/** Changes the control part of the ledger and sees to it that the change is known. */
export class ControlChanges {
  constructor(
    private readonly ledger: ControlLedger,
    private readonly announcer: Announcer,
    private readonly follower: FeedFollower,
    private readonly clock: Clock,
  ) {}

  /**
   * Decides under the control part's lock, commits, tells the other brokers, and resolves when
   * this broker has taken the change in and, where the event could not be sent, every other one's
   * reading of the feed has told it. Throws what `decide` throws, or `ledger_unavailable`.
   *
   * `certain`: waits for the feed in any case, for the sake of a broker that gets no events while
   * this one can send them.
   */
  async change<T>(
    decide: (state: ControlState, nowMs: number) => { writes: ControlWrites; result: T },
    { certain = false } = {},
  ): Promise<T> {
    const result = await this.ledger.change(decide);
    this.follower.controlChanged();
    const announced = await this.announcer.announceControl();
    await this.follower.readAfterNow();
    if (!announced || certain) await this.clock.sleep(FEED_DELAY_MS);
    return result;
  }
}
