import type { DatabaseSync } from 'node:sqlite';
import type { Kysely } from 'kysely';
import type { LedgerSchema } from '../schema.js';
import { openSqlite } from './open-sqlite.js';
import { PATIENCE_MS } from './sqlite-connection.js';
import { SqliteWriter } from './sqlite-writer.js';

/**
 * The embedded ledger in two hands. Readings are taken on the main thread, on a connection that
 * can't write: in WAL mode they wait for nobody and see what has been committed, never what an
 * open transaction has written. Transactions are the writer's.
 */
export interface SqliteLedger {
  readonly connection: DatabaseSync;
  readonly db: Kysely<LedgerSchema>;
  readonly writer: SqliteWriter;
  /** Waits for the transactions that were asked for. */
  close(): Promise<void>;
}

export interface SqliteLedgerOptions {
  /** Told when the writer has ended unasked. */
  readonly report: (what: string, error: unknown) => void;
  /** Milliseconds that a transaction waits for a lock that another process has. */
  readonly patienceMs?: number;
}

/** Opens (and creates) the ledger in a file and migrates it. Throws when that can't be done. */
export async function openSqliteLedger(
  path: string,
  { report, patienceMs = PATIENCE_MS }: SqliteLedgerOptions,
): Promise<SqliteLedger> {
  const reader = await openSqlite(path);
  reader.connection.exec('pragma query_only = on');
  const writer = new SqliteWriter(path, { patienceMs, report });
  return {
    connection: reader.connection,
    db: reader.db,
    writer,
    close: async () => {
      await writer.close();
      await reader.close();
    },
  };
}
