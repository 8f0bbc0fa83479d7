import type { Log } from '../common/log.js';
import type { AuditLog } from '../ports/audit-log.port.js';
import type { FeedLedger } from '../ports/feed-ledger.port.js';
import type { TicketLedger } from '../ports/ticket-ledger.port.js';
import type { UserLedger } from '../ports/user-ledger.port.js';

/**
 * How much longer than its window the feed is kept: a broker that starts begins at the oldest row
 * of the window, and that must still be there when it reads.
 */
const SLACK_SECONDS = 120;

/** What grows. */
export interface SweptLedgers {
  readonly users: UserLedger;
  readonly feed: FeedLedger;
  readonly tickets: TicketLedger;
  readonly audit: AuditLog;
  /** What this broker keeps in its own memory. */
  readonly memory: readonly { sweep(): void }[];
}

export interface UpkeepOptions {
  readonly windowSeconds: number;
  /** How long revocations and events of the audit record are kept. */
  readonly keepRecordsSeconds: number;
}

/** Keeps the ledger, and this broker's own memory, from growing without end. Any number of brokers may do it at once. */
export class LedgerUpkeep {
  constructor(
    private readonly swept: SweptLedgers,
    private readonly log: Log,
    private readonly options: UpkeepOptions,
  ) {}

  /** Never throws: what fails now is done by the next turn. */
  async run(): Promise<void> {
    const { users, feed, tickets, audit, memory } = this.swept;
    const { windowSeconds, keepRecordsSeconds } = this.options;
    for (const kept of memory) kept.sweep();
    try {
      const rows = await feed.trim(windowSeconds + SLACK_SECONDS);
      const others =
        (await users.sweep(keepRecordsSeconds)) +
        (await tickets.sweep()) +
        (await audit.sweep(keepRecordsSeconds));
      if (rows + others > 0) this.log.info({ feed: rows, others }, 'forgot what nobody needs');
    } catch (error) {
      this.log.warn({ err: error }, 'the upkeep of the ledger failed');
    }
  }
}
