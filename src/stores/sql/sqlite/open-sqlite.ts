import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import {
  Kysely,
  SqliteAdapter,
  SqliteDialect,
  type SqliteDatabase,
  type SqliteStatement,
  sql,
} from 'kysely';
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
  const db = new Kysely<LedgerSchema>({ dialect: new NodeSqliteDialect(connection) });
  await migrate(db, 'sqlite');
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

/** Kysely's SQLite dialect over `node:sqlite`, with migrations in one transaction. */
class NodeSqliteDialect extends SqliteDialect {
  constructor(connection: DatabaseSync) {
    super({ database: asSqliteDatabase(connection) });
  }

  override createAdapter(): SqliteAdapter {
    return new TransactionalAdapter();
  }
}

class TransactionalAdapter extends SqliteAdapter {
  // Kysely assumes not; SQLite does roll back DDL, so that a start killed half-way leaves nothing.
  override get supportsTransactionalDdl(): boolean {
    return true;
  }

  // The first write takes the file's only write lock: a second process waits here.
  override async acquireMigrationLock(db: Kysely<unknown>): Promise<void> {
    await sql`update kysely_migration_lock set is_locked = 0`.execute(db);
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
