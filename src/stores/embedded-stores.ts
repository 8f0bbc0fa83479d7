import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../common/clock.js';
import type { Log } from '../common/log.js';
import { makePrivateDirectory } from './local/local-secrets.js';
import { MemoryChangeEvents } from './memory/memory-change-events.js';
import { MemoryGuessLimiter } from './memory/memory-guess-limiter.js';
import { MemoryReplayGuard } from './memory/memory-replay-guard.js';
import { SqlAuditLog } from './sql/sql-audit-log.js';
import { SqlTicketLedger } from './sql/sql-ticket-ledger.js';
import { SqliteAccountLedger } from './sql/sqlite/sqlite-account-ledger.js';
import { SqliteControlLedger } from './sql/sqlite/sqlite-control-ledger.js';
import { SqliteFeedLedger } from './sql/sqlite/sqlite-feed-ledger.js';
import { SqliteHealth } from './sql/sqlite/sqlite-health.js';
import { openSqliteLedger } from './sql/sqlite/sqlite-ledger.js';
import { SqliteRevocationLog } from './sql/sqlite/sqlite-revocation-log.js';
import { SqliteSingleStatements } from './sql/sqlite/sqlite-single-statements.js';
import { SqliteUserLedger } from './sql/sqlite/sqlite-user-ledger.js';
import type { Stores } from './stores.js';

/** The engines of the embedded profile: SQLite in a file of `directory`, the rest in memory. */
export async function openEmbeddedStores(
  directory: string,
  clock: Clock,
  log: Log,
): Promise<Stores> {
  makePrivateDirectory(directory);
  const path = join(directory, 'ledger.sqlite');
  // Copies and back-ups leave the directory, and take the mode of the file along.
  closeSync(openSync(path, 'a', 0o600));
  const report = (what: string, error: unknown) => log.error({ err: error }, what);
  const ledger = await openSqliteLedger(path, { report });
  const statements = new SqliteSingleStatements(ledger.writer, clock);
  const guesses = new MemoryGuessLimiter(clock);
  const replays = new MemoryReplayGuard(clock);
  return {
    users: new SqliteUserLedger(ledger, clock),
    accounts: new SqliteAccountLedger(ledger),
    control: new SqliteControlLedger(ledger, clock),
    feed: new SqliteFeedLedger(ledger, clock),
    revocations: new SqliteRevocationLog(ledger),
    tickets: new SqlTicketLedger(ledger.db, statements),
    audit: new SqlAuditLog(ledger.db, statements),
    sharedCopies: undefined,
    guesses,
    replays,
    swept: [guesses, replays],
    events: new MemoryChangeEvents(report),
    ledgerHealth: new SqliteHealth(ledger),
    otherHealth: [],
    // SQLite has one writer. A second transaction would only wait in another place, and gather
    // nothing meanwhile.
    lanes: 1,
    close: () => ledger.close(),
  };
}
