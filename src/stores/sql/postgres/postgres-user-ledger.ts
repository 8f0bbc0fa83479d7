import { randomBytes } from 'node:crypto';
import type { Kysely } from 'kysely';
import type pg from 'pg';
import { toUnixSeconds } from '../../../common/clock.js';
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
import { toStoredUser, USER_COLUMNS, type UserRow } from '../user-row.js';
import { askingPostgres, shouldRunAgain } from './postgres-errors.js';
import { runUserTransaction } from './user-transaction.js';
import { INCARNATION_SQL, NOW_MS_SQL, POSITION_SQL } from './user-statements.js';

const ATTEMPTS = 5;

/** The users' part of the ledger in PostgreSQL. */
export class PostgresUserLedger extends UserLedger {
  constructor(
    private readonly pool: pg.Pool,
    private readonly db: Kysely<LedgerSchema>,
  ) {
    super();
  }

  override change(batch: UserBatch): Promise<Committed> {
    return askingPostgres(async () => {
      for (let attempt = 1; ; attempt += 1) {
        try {
          return await runUserTransaction(this.pool, batch, randomBytes(8));
        } catch (error) {
          if (!shouldRunAgain(error) || attempt === ATTEMPTS) throw error;
        }
      }
    });
  }

  override read(users: readonly UserRef[]): Promise<UserReading> {
    return askingPostgres(async () => {
      const { rows } = await this.pool.query<ReadRow>(READ_USERS, [
        users.map(({ appId }) => appId),
        users.map(({ userId }) => userId),
      ]);
      const head = rows[0];
      if (head === undefined) throw new Error('a reading of the ledger returned no head row');
      const found = new Array<StoredUser | undefined>(users.length).fill(undefined);
      for (const row of rows) if (row.ordinal !== null) found[row.ordinal - 1] = toStoredUser(row);
      return { incarnation: head.incarnation, position: head.position, users: found };
    });
  }

  override findSessionOwner(appId: string, sessionId: string): Promise<string | undefined> {
    return askingPostgres(async () => {
      const { rows } = await this.pool.query<{ user_id: string }>(FIND_OWNER, [
        sessionId,
        sessionId.slice(0, USER_TAG_LENGTH),
        appId,
      ]);
      return rows[0]?.user_id;
    });
  }

  override endedSession(user: UserRef, sessionId: string): Promise<EndedSession | undefined> {
    return askingPostgres(() => endedSession(this.db, user, sessionId));
  }

  override page(appId: string, after: string, limit: number): Promise<readonly UserPageEntry[]> {
    return askingPostgres(() => userPage(this.db, appId, after, limit));
  }

  override sweep(revocationSeconds: number): Promise<number> {
    return askingPostgres(async () => {
      const { rows } = await this.pool.query<{ now_ms: number }>(`select ${NOW_MS_SQL} as now_ms`);
      const now = toUnixSeconds(rows[0]?.now_ms ?? 0);
      let swept = 0;
      for (const statement of sweepStatements(this.db, now, revocationSeconds)) {
        const { numAffectedRows = 0n } = await this.db.executeQuery(statement);
        swept += Number(numAffectedRows);
      }
      return swept;
    });
  }
}

interface ReadRow extends UserRow {
  readonly ordinal: number | null;
  readonly incarnation: number;
  readonly position: number;
}

/** One statement, so one snapshot: its position is older than none of the rows. */
const READ_USERS = {
  name: 'user-read',
  text: `select h.incarnation, h.position, f.ordinal, ${USER_COLUMNS}
    from (select ${INCARNATION_SQL} as incarnation, ${POSITION_SQL} as position) as h
    left join (
      unnest($1::text[], $2::text[]) with ordinality as wanted (wanted_app, wanted_user, ordinal)
      cross join lateral (
        select ${USER_COLUMNS} from im_users
        where app_id = wanted_app and user_id = wanted_user offset 0) as u
    ) as f on true`,
};

const FIND_OWNER = {
  name: 'session-owner',
  text: `select user_id from im_users
    where tag = $2 and app_id = $3 and exists (
      select 1 from json_array_elements(sessions::json) as s where s ->> 0 = $1
      union all
      select 1 from json_array_elements(ended::json) as e where e -> 0 ->> 0 = $1)
    union all
    select user_id from ended_sessions where session_id = $1 and app_id = $3
    limit 1`,
};
