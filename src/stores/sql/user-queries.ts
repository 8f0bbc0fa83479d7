import type { CompiledQuery, Kysely } from 'kysely';
import type { EndedSession, UserPageEntry } from '../../ports/user-ledger.port.js';
import type { UserRef } from '../../ports/user-record.js';
import { fromEndedTable, IDEMPOTENCY_SECONDS } from './rows.js';
import type { LedgerSchema } from './schema.js';
import { toStoredUser } from './user-row.js';

/** What is asked of the users' part seldom enough to be the same on both engines. */

export async function endedSession(
  db: Kysely<LedgerSchema>,
  user: UserRef,
  sessionId: string,
): Promise<EndedSession | undefined> {
  const row = await db
    .selectFrom('ended_sessions')
    .selectAll()
    .where('session_id', '=', sessionId)
    .where('app_id', '=', user.appId)
    .where('user_id', '=', user.userId)
    .executeTakeFirst();
  return row === undefined ? undefined : fromEndedTable(row);
}

export async function userPage(
  db: Kysely<LedgerSchema>,
  appId: string,
  after: string,
  limit: number,
): Promise<readonly UserPageEntry[]> {
  const rows = await db
    .selectFrom('im_users')
    .select(['user_id', 'version', 'status', 'role', 'sessions', 'ended', 'created_at'])
    .where('app_id', '=', appId)
    .where('user_id', '>', after)
    .orderBy('user_id')
    .limit(limit)
    .execute();
  return rows.map((row) => ({ userId: row.user_id, record: toStoredUser(row).record }));
}

/** How long an ended session is remembered after its last token expired, to explain it. */
const EXPLAINED_SECONDS = 7 * 24 * 3600;

/** Built by Kysely, then run by each engine in its own way. */
export function sweepStatements(
  db: Kysely<LedgerSchema>,
  now: number,
  revocationSeconds: number,
): readonly CompiledQuery[] {
  return [
    db
      .deleteFrom('ended_sessions')
      .where('expires_at', '<', now - EXPLAINED_SECONDS)
      .compile(),
    db
      .deleteFrom('idempotency_keys')
      .where('created_at', '<', now - IDEMPOTENCY_SECONDS)
      .compile(),
    db
      .deleteFrom('revocations')
      .where('created_at', '<', now - revocationSeconds)
      .where('expires_at', '<', now)
      .compile(),
  ];
}
