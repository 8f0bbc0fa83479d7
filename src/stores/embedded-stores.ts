import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../common/clock.js';
import type { Log } from '../common/log.js';
import { makePrivateDirectory } from './local/local-secrets.js';
import { MemoryChangeEvents } from './memory/memory-change-events.js';
import { SqlRevocationLog } from './sql/sql-revocation-log.js';
import { openSqlite } from './sql/sqlite/open-sqlite.js';
import { SqliteControlLedger } from './sql/sqlite/sqlite-control-ledger.js';
import { awaitingSqlite } from './sql/sqlite/sqlite-errors.js';
import { SqliteFeedLedger } from './sql/sqlite/sqlite-feed-ledger.js';
import { SqliteHealth } from './sql/sqlite/sqlite-health.js';
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
  const ledger = await openSqlite(path);
  const { connection, db } = ledger;
  return {
    users: new SqliteUserLedger(connection, db, clock),
    control: new SqliteControlLedger(connection, db, clock),
    feed: new SqliteFeedLedger(connection, clock),
    revocations: new SqlRevocationLog(db, awaitingSqlite),
    sharedCopies: undefined,
    events: new MemoryChangeEvents((what, error) => log.error({ err: error }, what)),
    ledgerHealth: new SqliteHealth(connection),
    otherHealth: [],
    lanes: 1,
    close: () => ledger.close(),
  };
}
