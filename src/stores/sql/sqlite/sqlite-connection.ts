import { DatabaseSync } from 'node:sqlite';

/*
 * Also loaded by the writer's thread, which the tests start from the sources: what this file
 * imports of ours it must name as it is on disk (`.ts`).
 */

/** How long a connection waits for a lock that another process has. */
export const PATIENCE_MS = 5000;

/**
 * Pages of the write-ahead log (16 MiB) after which a commit carries it over into the file. SQLite's
 * own 1,000 come several times a second under load, each with a sync of its own, and carry the same
 * pages again and again; more than this gained nothing further.
 */
const CHECKPOINT_PAGES = 4096;

/**
 * A connection to the ledger's file, which it creates.
 *
 * Every commit is synced to disk before it is answered: what was acknowledged survives `kill -9`
 * and a power cut. Other connections, of this process or of another, may use the file meanwhile.
 */
export function connectSqlite(path: string, patienceMs = PATIENCE_MS): DatabaseSync {
  const connection = new DatabaseSync(path, {
    timeout: patienceMs,
    enableForeignKeyConstraints: true,
  });
  useWriteAheadLog(connection, patienceMs);
  connection.exec('pragma synchronous = full');
  connection.exec(`pragma wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
  connection.exec('pragma cache_size = -65536');
  connection.exec('pragma mmap_size = 268435456');
  return connection;
}

const BUSY = 5;
const PAUSE_MS = 20;

/**
 * Changing the mode takes the file for oneself for a moment, and whoever meets another process doing
 * so is refused at once, however long the connection would wait for a lock. So it is tried again.
 */
function useWriteAheadLog(connection: DatabaseSync, patienceMs: number): void {
  for (let waitedMs = 0; ; waitedMs += PAUSE_MS) {
    try {
      connection.exec('pragma journal_mode = wal');
      return;
    } catch (error) {
      const { errcode = 0 } = error as { errcode?: number };
      if ((errcode & 0xff) !== BUSY || waitedMs >= patienceMs) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS);
    }
  }
}

/**
 * Runs `work` as one transaction, which has the file's write lock from its beginning. When `work`
 * throws, nothing was done and the lock is free.
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
