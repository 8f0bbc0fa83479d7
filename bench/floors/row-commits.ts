import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { openPostgres } from '../../src/stores/sql/postgres/open-postgres.js';
import { openSqlite } from '../../src/stores/sql/sqlite/open-sqlite.js';
import { transact } from '../../src/stores/sql/sqlite/sqlite-connection.js';

/** The one row of a mint: what a broker would store that decides nothing. */
export interface FloorRow {
  readonly sessionId: string;
  readonly userId: string;
  readonly session: string;
  readonly expiresAt: number;
}

export function floorRow(userId: string, lifetimeSeconds: number): FloorRow {
  const sessionId = randomBytes(16).toString('base64url');
  const now = Math.floor(Date.now() / 1000);
  const expiresAt = now + lifetimeSeconds;
  const session = JSON.stringify([sessionId, 1, 1, '', 'im:connect im:renew', 0, now, expiresAt]);
  return { sessionId, userId, session, expiresAt };
}

/** Commits rows as one transaction. */
type CommitRows = (rows: readonly FloorRow[]) => Promise<void> | void;

/** Group commit at its barest: what comes while a transaction is in flight goes with the next. */
export class RowCommits {
  #waiting: FloorRow[] = [];
  #next = Promise.withResolvers<void>();
  #running = false;

  private constructor(private readonly commit: CommitRows) {}

  static async onSqlite(directory: string): Promise<RowCommits> {
    // Opened as the ledger is, so with the same settings.
    const { connection } = await openSqlite(join(directory, 'floor.sqlite'));
    connection.exec(`create table floor_sessions (session_id text primary key, user_id text not null,
      session text not null, expires_at integer not null) without rowid`);
    const insert = connection.prepare('insert into floor_sessions values (?, ?, ?, ?)');
    return new RowCommits((rows) =>
      transact(connection, () => {
        for (const row of rows) insert.run(row.sessionId, row.userId, row.session, row.expiresAt);
      }),
    );
  }

  static async onPostgres(url: string): Promise<RowCommits> {
    const { pool } = await openPostgres(url, {
      connections: 1,
      migrate: false,
      onIdleError: (error) => {
        throw error;
      },
    });
    await pool.query(`create table floor_sessions (session_id text collate "C" primary key,
      user_id text collate "C" not null, session text not null, expires_at bigint not null)`);
    return new RowCommits(async (rows) => {
      await pool.query({
        name: 'floor-insert',
        text: `insert into floor_sessions
          select * from unnest($1::text[], $2::text[], $3::text[], $4::bigint[])`,
        values: [
          rows.map(({ sessionId }) => sessionId),
          rows.map(({ userId }) => userId),
          rows.map(({ session }) => session),
          rows.map(({ expiresAt }) => expiresAt),
        ],
      });
    });
  }

  /** Resolves when the rows are committed. */
  submit(...rows: readonly FloorRow[]): Promise<void> {
    this.#waiting.push(...rows);
    if (!this.#running) {
      this.#running = true;
      // After the requests that this turn of the event loop has already received.
      setImmediate(() => void this.#run());
    }
    return this.#next.promise;
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      const [rows, settled] = [this.#waiting, this.#next];
      this.#waiting = [];
      this.#next = Promise.withResolvers<void>();
      try {
        await this.commit(rows);
        settled.resolve();
      } catch (error) {
        settled.reject(error);
      }
      // A commit that did not yield must not keep the next requests from being received.
      await new Promise((resolve) => setImmediate(resolve));
    }
    this.#running = false;
  }
}
