import type { Log } from '../common/log.js';
import type { FeedLedger } from '../ports/feed-ledger.port.js';
import type { UserLedger } from '../ports/user-ledger.port.js';

/**
 * How much longer than its window the feed is kept: a broker that starts begins at the oldest row
 * of the window, and that must still be there when it reads.
 */
const SLACK_SECONDS = 120;

/** Keeps the ledger, and this broker's own copies, from growing without end. Any number of brokers may do it at once. */
export class LedgerUpkeep {
  constructor(
    private readonly users: UserLedger,
    private readonly feed: FeedLedger,
    private readonly log: Log,
    private readonly windowSeconds: number,
    private readonly revocationSeconds: number,
    private readonly memory: { sweep(): void },
  ) {}

  /** Never throws: what fails now is done by the next turn. */
  async run(): Promise<void> {
    this.memory.sweep();
    try {
      const rows = await this.feed.trim(this.windowSeconds + SLACK_SECONDS);
      const others = await this.users.sweep(this.revocationSeconds);
      if (rows + others > 0) this.log.info({ feed: rows, others }, 'forgot what nobody needs');
    } catch (error) {
      this.log.warn({ err: error }, 'the upkeep of the ledger failed');
    }
  }
}
