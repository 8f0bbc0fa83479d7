import type { Log } from '../common/log.js';
import type { ChangeEvents } from '../ports/change-events.port.js';
import type { LiveCopies } from '../ports/live-copies.port.js';
import type { UserCopy } from '../ports/user-record.js';
import type { FeedWindow } from './belief.js';

/**
 * Tells what was committed: puts the new copies, then sends the event. The ledger has decided
 * already, so a failure here costs time, never truth: the feed makes up for it within a second.
 */
export class Announcer {
  #failing = false;

  constructor(
    private readonly stores: readonly LiveCopies[],
    private readonly events: ChangeEvents,
    private readonly window: FeedWindow,
    private readonly log: Log,
  ) {}

  /** Returns whether every other broker that is in touch has been told. Never throws. */
  async announce(copies: readonly UserCopy[]): Promise<boolean> {
    this.window.hear(copies);
    const puts = this.stores.map((store) => store.put(copies));
    // Sent together: a broker that hears the event first asks the ledger, which is right, too.
    const event = this.events.publish({ users: copies, control: false });
    const outcomes = await Promise.allSettled([event, ...puts]);
    const failure = outcomes.find((outcome) => outcome.status === 'rejected');
    this.#report(failure?.reason);
    return outcomes[0]?.status === 'fulfilled';
  }

  /** Tells that the control part changed. Returns whether the event was sent. Never throws. */
  async announceControl(): Promise<boolean> {
    try {
      await this.events.publish({ users: [], control: true });
      return true;
    } catch (error) {
      this.#report(error);
      return false;
    }
  }

  #report(failure: unknown): void {
    const failing = failure !== undefined;
    if (failing && !this.#failing) {
      this.log.warn({ err: failure }, 'changes cannot be told to live state; the feed tells them');
    }
    this.#failing = failing;
  }
}
