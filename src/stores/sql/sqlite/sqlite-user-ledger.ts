import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Kysely } from 'kysely';
import { type Clock, toUnixSeconds } from '../../../common/clock.js';
import { USER_TAG_LENGTH, userTag } from '../../../common/ids.js';
import {
  type Committed,
  type EndedSession,
  type IdempotencyRecord,
  type LockedUsers,
  type StoredUser,
  type UserBatch,
  UserLedger,
  type UserPageEntry,
  type UserReading,
  type UserWrites,
  writesNothing,
} from '../../../ports/user-ledger.port.js';
import type { UserRef } from '../../../ports/user-record.js';
import {
  fromIdempotencyTable,
  fromRevocationTable,
  IDEMPOTENCY_SECONDS,
  toEndedTable,
  toIdempotencyTable,
  toRestoredColumns,
  toRevocationTable,
} from '../rows.js';
import type { IdempotencyTable, LedgerSchema, RevocationTable } from '../schema.js';
import { endedSession, sweepLedger, userPage } from '../user-queries.js';
import {
  encodeEnded,
  encodeSessions,
  toStoredUser,
  USER_COLUMNS,
  type UserRow,
} from '../user-row.js';
import { transact } from './open-sqlite.js';
import { askingSqlite, awaitingSqlite } from './sqlite-errors.js';

/**
 * The users' part of the ledger in SQLite. It has one writer, so "locked elsewhere" does not
 * occur, and a transaction runs from `begin` to `commit` without yielding. The ledger's clock is
 * this machine's.
 */
export class SqliteUserLedger extends UserLedger {
  readonly #statements: Statements;

  constructor(
    private readonly connection: DatabaseSync,
    private readonly db: Kysely<LedgerSchema>,
    private readonly clock: Clock,
  ) {
    super();
    this.#statements = prepare(connection);
  }

  override change(batch: UserBatch): Promise<Committed> {
    return promised(() => transact(this.connection, () => this.#change(batch)));
  }

  #change(batch: UserBatch): Committed {
    const { incarnation, position } = this.#head();
    const writes = batch.decide(this.#lock(batch));
    this.#write(batch.appId, writes);
    return { incarnation, position, written: new Set(writes.users.map(({ userId }) => userId)) };
  }

  #lock(batch: UserBatch): LockedUsers {
    const nowMs = this.clock.nowMs();
    const app = this.#statements.epoch.get(batch.appId) as
      { epoch: number; revoked_epoch: number } | undefined;
    const users = new Map<string, StoredUser | undefined>();
    for (const userId of batch.userIds) users.set(userId, this.#user(batch.appId, userId));
    const idempotency = new Map<string, IdempotencyRecord>();
    const oldest = toUnixSeconds(nowMs) - IDEMPOTENCY_SECONDS;
    for (const key of batch.idempotencyKeys) {
      const row = this.#statements.idempotency.get(batch.appId, key, oldest);
      if (row !== undefined)
        idempotency.set(key, fromIdempotencyTable(row as unknown as IdempotencyTable));
    }
    const revocations = batch.revocationsOf.flatMap((userId) =>
      (this.#statements.standing.all(batch.appId, userId) as unknown as RevocationTable[]).map(
        fromRevocationTable,
      ),
    );
    const { epoch = 0, revoked_epoch: revokedEpoch = -1 } = app ?? {};
    return { nowMs, epoch, revokedEpoch, users, idempotency, revocations };
  }

  #write(appId: string, writes: UserWrites): void {
    if (writesNothing(writes)) return;
    const statements = this.#statements;
    const now = toUnixSeconds(this.clock.nowMs());
    for (const { userId, record, profile } of writes.users) {
      statements.putUser.run(
        appId,
        userId,
        userTag(appId, userId),
        record.version,
        record.status,
        record.role,
        encodeSessions(record),
        encodeEnded(record),
        profile?.nickname ?? null,
        profile?.faceUrl ?? null,
        profile?.ex ?? null,
        now,
      );
    }
    for (const ended of writes.ended) {
      const row = toEndedTable(appId, ended);
      statements.addEnded.run(
        row.session_id,
        row.app_id,
        row.user_id,
        row.session,
        row.cause,
        row.ended_by,
        row.ended_at,
        row.expires_at,
      );
    }
    for (const revocation of writes.revocations) {
      const row = toRevocationTable(appId, revocation);
      statements.addRevocation.run(
        row.id,
        row.app_id,
        row.user_id,
        row.target,
        row.boundary,
        row.reason,
        row.created_at,
        row.created_by,
        row.expires_at,
        row.affected_sessions,
      );
    }
    for (const [id, restoration] of writes.restorations) {
      const row = toRestoredColumns(restoration);
      statements.restore.run(
        row.restored_at,
        row.restored_by,
        row.restored_reason,
        row.restored_sessions,
        id,
        appId,
      );
    }
    for (const record of writes.idempotency) {
      const row = toIdempotencyTable(appId, record);
      statements.addIdempotency.run(
        row.app_id,
        row.key,
        row.user_id,
        row.request_hash,
        row.outcome,
        row.created_at,
      );
    }
    const changes = writes.users.map(({ userId, record }) => [userId, record.version]);
    statements.addFeed.run(appId, JSON.stringify(changes), this.clock.nowMs());
  }

  override read(users: readonly UserRef[]): Promise<UserReading> {
    return promised(() => {
      const { incarnation, position } = this.#head();
      return {
        incarnation,
        position,
        users: users.map(({ appId, userId }) => this.#user(appId, userId)),
      };
    });
  }

  #user(appId: string, userId: string): StoredUser | undefined {
    const row = this.#statements.user.get(appId, userId);
    return row === undefined ? undefined : toStoredUser(row as unknown as UserRow);
  }

  #head(): { incarnation: number; position: number } {
    return this.#statements.head.get() as { incarnation: number; position: number };
  }

  override findSessionOwner(appId: string, sessionId: string): Promise<string | undefined> {
    return promised(() => {
      const tag = sessionId.slice(0, USER_TAG_LENGTH);
      const row = this.#statements.owner.get(sessionId, tag, appId);
      return (row as { user_id: string } | undefined)?.user_id;
    });
  }

  override endedSession(user: UserRef, sessionId: string): Promise<EndedSession | undefined> {
    return awaitingSqlite(() => endedSession(this.db, user, sessionId));
  }

  override page(appId: string, after: string, limit: number): Promise<readonly UserPageEntry[]> {
    return awaitingSqlite(() => userPage(this.db, appId, after, limit));
  }

  override sweep(revocationSeconds: number): Promise<number> {
    const now = toUnixSeconds(this.clock.nowMs());
    return awaitingSqlite(() => sweepLedger(this.db, now, revocationSeconds));
  }
}

/** A synchronous answer as the port wants it: failures reject instead of being thrown. */
function promised<T>(work: () => T): Promise<T> {
  return new Promise((resolve) => {
    resolve(askingSqlite(work));
  });
}

type Statements = ReturnType<typeof prepare>;

function prepare(connection: DatabaseSync) {
  const statement = (text: string): StatementSync => connection.prepare(text);
  return {
    head: statement(
      `select incarnation, (select coalesce(max(position), 0) + 1 from feed) as position
       from ledger_meta`,
    ),
    epoch: statement('select epoch, revoked_epoch from apps where id = ?'),
    user: statement(`select ${USER_COLUMNS} from im_users where app_id = ? and user_id = ?`),
    putUser: statement(
      `insert into im_users (app_id, user_id, tag, version, status, role, sessions, ended,
         nickname, face_url, ex, created_at)
       values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, coalesce(?9, ''), coalesce(?10, ''), coalesce(?11, ''), ?12)
       on conflict (app_id, user_id) do update set version = ?4, status = ?5, role = ?6,
         sessions = ?7, ended = ?8, nickname = coalesce(?9, nickname),
         face_url = coalesce(?10, face_url), ex = coalesce(?11, ex)`,
    ),
    idempotency: statement(
      `select app_id, key, user_id, request_hash, outcome, created_at from idempotency_keys
       where app_id = ? and key = ? and created_at > ?`,
    ),
    addEnded: statement('insert into ended_sessions values (?, ?, ?, ?, ?, ?, ?, ?)'),
    standing: statement(
      'select * from revocations where app_id = ? and user_id = ? and restored_at is null',
    ),
    addRevocation: statement(
      `insert into revocations (id, app_id, user_id, target, boundary, reason, created_at,
         created_by, expires_at, affected_sessions)
       values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
    restore: statement(
      `update revocations set restored_at = ?, restored_by = ?, restored_reason = ?,
         restored_sessions = ? where id = ? and app_id = ?`,
    ),
    // A key older than 24 h that no sweep has taken yet makes room for the new one.
    addIdempotency: statement('insert or replace into idempotency_keys values (?, ?, ?, ?, ?, ?)'),
    addFeed: statement(
      `insert into feed (batch, app_id, users, control, at) values ('', ?, ?, 0, ?)`,
    ),
    owner: statement(
      `select user_id from im_users
       where tag = ?2 and app_id = ?3 and exists (
         select 1 from json_each(sessions) where json_extract(value, '$[0]') = ?1
         union all
         select 1 from json_each(ended) where json_extract(value, '$[0][0]') = ?1)
       union all
       select user_id from ended_sessions where session_id = ?1 and app_id = ?3
       limit 1`,
    ),
  };
}
