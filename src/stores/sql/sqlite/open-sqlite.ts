import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import { Kysely, SqliteDialect, type SqliteDatabase, type SqliteStatement } from 'kysely';
import type { LedgerSchema } from '../schema.js';
import { migrate } from '../migrate.js';
import { connectSqlite } from './sqlite-connection.js';

/** A connection to the embedded ledger, and Kysely over it for what is asked rarely. */
export interface SqliteLedgerDatabase {
  readonly connection: DatabaseSync;
  readonly db: Kysely<LedgerSchema>;
  close(): Promise<void>;
}

/** Opens (and creates) the ledger in a file and migrates it; see {@link connectSqlite}. */
export async function openSqlite(path: string): Promise<SqliteLedgerDatabase> {
  const connection = connectSqlite(path);
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
