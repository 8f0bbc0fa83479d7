import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { Kysely, SqliteDialect, type SqliteDatabase, type SqliteStatement } from 'kysely';
import type { LedgerSchema } from '../schema.js';
import { migrate } from '../migrate.js';

/** The embedded ledger: one connection, and Kysely over it for what is asked rarely. */
export interface SqliteLedgerDatabase {
  readonly connection: DatabaseSync;
  readonly db: Kysely<LedgerSchema>;
  close(): Promise<void>;
}

/**
 * Opens (and creates) the ledger in a file and migrates it.
 *
 * Every commit is synced to disk before it is answered: what was acknowledged survives `kill -9`
 * and a power cut. A second process (the operator's commands) may use the file at the same time.
 */
export async function openSqlite(path: string): Promise<SqliteLedgerDatabase> {
  const connection = new DatabaseSync(path, { timeout: 5000, enableForeignKeyConstraints: true });
  connection.exec('pragma journal_mode = wal');
  connection.exec('pragma synchronous = full');
  connection.exec('pragma cache_size = -65536');
  connection.exec('pragma mmap_size = 268435456');
  const dialect = new SqliteDialect({ database: asSqliteDatabase(connection) });
  const db = new Kysely<LedgerSchema>({ dialect });
  await migrateAlone(connection, db);
  return {
    connection,
    db,
    close: () => db.destroy(),
  };
}

/**
 * Runs `work` as one transaction without yielding: nothing else of this process can come between,
 * and no lock is held across a turn of the event loop.
 */
export function transact<T>(connection: DatabaseSync, work: () => T): T {
  connection.exec('begin immediate');
  try {
    const result = work();
    connection.exec('commit');
    return result;
  } catch (error) {
    if (connection.isTransaction) connection.exec('rollback');
    throw error;
  }
}

/**
 * Migrates in one transaction that has the file's write lock from its beginning: a second process
 * that starts waits, and a start that is killed half-way leaves nothing. Kysely's own would look
 * first and lock later, which SQLite refuses when somebody else has written in between.
 */
async function migrateAlone(connection: DatabaseSync, db: Kysely<LedgerSchema>): Promise<void> {
  connection.exec('begin immediate');
  try {
    await migrate(db, 'sqlite');
    connection.exec('commit');
  } catch (error) {
    if (connection.isTransaction) connection.exec('rollback');
    throw error;
  }
}

function asSqliteDatabase(connection: DatabaseSync): SqliteDatabase {
  return {
    close: () => connection.close(),
    prepare: (text) => asSqliteStatement(connection.prepare(text)),
  };
}

function asSqliteStatement(statement: StatementSync): SqliteStatement {
  const values = (parameters: readonly unknown[]) => parameters as SQLInputValue[];
  return {
    reader: statement.columns().length > 0,
    all: (parameters) => statement.all(...values(parameters)),
    run: (parameters) => statement.run(...values(parameters)),
    iterate: (parameters) => statement.iterate(...values(parameters)),
  };
}
