import { randomBytes } from 'node:crypto';
import type { StatementSync } from 'node:sqlite';
import type { Kysely } from 'kysely';
import { type Clock, toUnixSeconds } from '../../../common/clock.js';
import { USER_TAG_LENGTH } from '../../../common/ids.js';
import {
  type Committed,
  type EndedSession,
  type StoredUser,
  type UserBatch,
  UserLedger,
  type UserPageEntry,
  type UserReading,
} from '../../../ports/user-ledger.port.js';
import type { UserRef } from '../../../ports/user-record.js';
import type { LedgerSchema } from '../schema.js';
import { endedSession, sweepStatements, userPage } from '../user-queries.js';
import { toStoredUser, type UserRow } from '../user-row.js';
import { askingSqlite, awaitingSqlite } from './sqlite-errors.js';
import type { SqliteLedger } from './sqlite-ledger.js';
import type { SqliteWriter } from './sqlite-writer.js';
import { HEAD, IN_FEED, OWNER, USER } from './user-statements.js';
import { lockStatements, toLockedBatch, writeStatements } from './user-transaction.js';
import type { SqlRow } from './writer-messages.js';

/**
 * The users' part of the ledger in SQLite. It has one writer, so "locked elsewhere" does not
 * occur. The ledger's clock is this machine's.
 */
export class SqliteUserLedger extends UserLedger {
  readonly #db: Kysely<LedgerSchema>;
  readonly #writer: SqliteWriter;
  readonly #head: StatementSync;
  readonly #user: StatementSync;
  readonly #owner: StatementSync;
  readonly #inFeed: StatementSync;

  constructor(
    { connection, db, writer }: SqliteLedger,
    private readonly clock: Clock,
  ) {
    super();
    this.#db = db;
    this.#writer = writer;
    this.#head = connection.prepare(HEAD);
    this.#user = connection.prepare(USER);
    this.#owner = connection.prepare(OWNER);
    this.#inFeed = connection.prepare(IN_FEED);
  }

  override change(batch: UserBatch): Promise<Committed> {
    const name = randomBytes(8).toString('hex');
    let before = 0;
    return this.#writer.transact({
      reads: lockStatements(batch, this.clock.nowMs()),
      decide: (found) => {
        const nowMs = this.clock.nowMs();
        const { incarnation, position, locked } = toLockedBatch(batch, nowMs, found);
        before = position;
        const writes = batch.decide(locked);
        const written = new Set(writes.users.map(({ userId }) => userId));
        return {
          writes: writeStatements(batch.appId, name, nowMs, writes),
          result: { incarnation, position, written },
        };
      },
      wasCommitted: () => this.#inFeed.get(before, name) !== undefined,
    });
  }

  override read(users: readonly UserRef[]): Promise<UserReading> {
    return reading(() => {
      const { incarnation, position } = this.#head.get() as {
        incarnation: number;
        position: number;
      };
      const found = users.map(({ appId, userId }): StoredUser | undefined => {
        const row = this.#user.get(appId, userId);
        return row === undefined ? undefined : toStoredUser(row as unknown as UserRow);
      });
      return { incarnation, position, users: found };
    });
  }

  override findSessionOwner(appId: string, sessionId: string): Promise<string | undefined> {
    return reading(() => {
      const tag = sessionId.slice(0, USER_TAG_LENGTH);
      const row = this.#owner.get(sessionId, tag, appId);
      return (row as { user_id: string } | undefined)?.user_id;
    });
  }

  override endedSession(user: UserRef, sessionId: string): Promise<EndedSession | undefined> {
    return awaitingSqlite(() => endedSession(this.#db, user, sessionId));
  }

  override page(appId: string, after: string, limit: number): Promise<readonly UserPageEntry[]> {
    return awaitingSqlite(() => userPage(this.#db, appId, after, limit));
  }

  override sweep(revocationSeconds: number): Promise<number> {
    const now = toUnixSeconds(this.clock.nowMs());
    const statements = sweepStatements(this.#db, now, revocationSeconds);
    return this.#writer.write(
      statements.map(({ sql, parameters }) => [sql, [parameters as SqlRow]]),
    );
  }
}

function reading<T>(work: () => T): Promise<T> {
  return new Promise((resolve) => {
    resolve(askingSqlite(work));
  });
}
