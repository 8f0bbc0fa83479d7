import type { AccountLedger } from '../ports/account-ledger.port.js';
import type { AuditLog } from '../ports/audit-log.port.js';
import type { ChangeEvents } from '../ports/change-events.port.js';
import type { ControlLedger } from '../ports/control-ledger.port.js';
import type { FeedLedger } from '../ports/feed-ledger.port.js';
import type { GuessLimiter } from '../ports/guess-limiter.port.js';
import type { HealthProbe } from '../ports/health.port.js';
import type { LiveCopies } from '../ports/live-copies.port.js';
import type { ReplayGuard } from '../ports/replay-guard.port.js';
import type { RevocationLog } from '../ports/revocation-log.port.js';
import type { TicketLedger } from '../ports/ticket-ledger.port.js';
import type { UserLedger } from '../ports/user-ledger.port.js';

/** The engines of one profile. */
export interface Stores {
  readonly users: UserLedger;
  readonly accounts: AccountLedger;
  readonly control: ControlLedger;
  readonly feed: FeedLedger;
  readonly revocations: RevocationLog;
  readonly tickets: TicketLedger;
  readonly audit: AuditLog;
  /** The copies that all brokers share; absent where there is one broker. */
  readonly sharedCopies: LiveCopies | undefined;
  readonly events: ChangeEvents;
  readonly guesses: GuessLimiter;
  readonly replays: ReplayGuard;
  /** Engines in this broker's memory that must be swept now and then. */
  readonly swept: readonly { sweep(): void }[];
  readonly ledgerHealth: HealthProbe;
  /** Parts that may be out while the broker serves. */
  readonly otherHealth: readonly HealthProbe[];
  /** User transactions that may be in flight at once. */
  readonly lanes: number;
  /** Lets go of everything, in order; nothing is asked afterwards. */
  close(): Promise<void>;
}
