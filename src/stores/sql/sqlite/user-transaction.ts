import { toUnixSeconds } from '../../../common/clock.js';
import { userTag } from '../../../common/ids.js';
import type {
  EndedSession,
  IdempotencyRecord,
  LockedUsers,
  Revocation,
  StoredUser,
  UserBatch,
  UserWrites,
} from '../../../ports/user-ledger.port.js';
import {
  IDEMPOTENCY_SECONDS,
  toEndedTable,
  toIdempotencyTable,
  toRevocationTable,
} from '../rows.js';
import { encodeEnded, encodeSessions, toStoredUser, type UserRow } from '../user-row.js';
import {
  ADD_ENDED,
  ADD_FEED,
  ADD_IDEMPOTENCY,
  ADD_REVOCATION,
  EPOCH,
  HEAD,
  IDEMPOTENCY,
  PUT_USER,
  USER,
} from './user-statements.js';
import type { SqlRow, Statement } from './writer-messages.js';

type WrittenUser = UserWrites['users'][number];

/** What a transaction on users reads under the lock; {@link toLockedBatch} takes what it found. */
export function lockStatements(batch: UserBatch, nowMs: number): readonly Statement[] {
  const { appId, userIds, idempotencyKeys } = batch;
  const oldest = toUnixSeconds(nowMs) - IDEMPOTENCY_SECONDS;
  return [
    [HEAD, [[]]],
    [EPOCH, [[appId]]],
    [USER, userIds.map((userId) => [appId, userId])],
    [IDEMPOTENCY, idempotencyKeys.map((key) => [appId, key, oldest])],
  ];
}

/** Columns in the order of {@link USER} and {@link IDEMPOTENCY}. */
type UserValues = [
  ...[userId: string, version: number, status: UserRow['status'], role: string],
  ...[sessions: string, ended: string, createdAt: number],
  ...[nickname: string, faceUrl: string, ex: string],
];
type IdempotencyValues = [
  ...[appId: string, key: string, userId: string],
  ...[requestHash: string, outcome: string, createdAt: number],
];

export interface LockedBatch {
  readonly incarnation: number;
  readonly position: number;
  readonly locked: LockedUsers;
}

export function toLockedBatch(
  batch: UserBatch,
  nowMs: number,
  [heads = [], epochs = [], userRows = [], keyRows = []]: readonly (readonly SqlRow[])[],
): LockedBatch {
  const [incarnation, position] = heads[0] as [number, number];
  const epoch = (epochs[0]?.[0] ?? 0) as number;
  const users = new Map<string, StoredUser | undefined>();
  for (const userId of batch.userIds) users.set(userId, undefined);
  for (const row of userRows) users.set(row[0] as string, toUser(row));
  const idempotency = new Map<string, IdempotencyRecord>();
  for (const row of keyRows) {
    const record = toIdempotencyRecord(row);
    idempotency.set(record.key, record);
  }
  return { incarnation, position, locked: { nowMs, epoch, users, idempotency } };
}

function toUser(row: SqlRow): StoredUser {
  const [user_id, version, status, role, sessions, ended, created_at, nickname, face_url, ex] =
    row as UserValues;
  const profile = { nickname, face_url, ex };
  return toStoredUser({ user_id, version, status, role, sessions, ended, created_at, ...profile });
}

function toIdempotencyRecord(row: SqlRow): IdempotencyRecord {
  const [, key, userId, requestHash, outcome, createdAt] = row as IdempotencyValues;
  return { key, userId, requestHash, outcome, createdAt };
}

/** What a transaction on users writes, with a row of the feed that bears its name. */
export function writeStatements(
  appId: string,
  name: string,
  nowMs: number,
  { users, ended, revocations, idempotency }: UserWrites,
): readonly Statement[] {
  if (users.length === 0) return [];
  const changes = JSON.stringify(users.map(({ userId, record }) => [userId, record.version]));
  return [
    [PUT_USER, users.map((user) => userRow(appId, toUnixSeconds(nowMs), user))],
    [ADD_ENDED, ended.map((end) => endedRow(appId, end))],
    [ADD_REVOCATION, revocations.map((revocation) => revocationRow(appId, revocation))],
    [ADD_IDEMPOTENCY, idempotency.map((record) => idempotencyRow(appId, record))],
    [ADD_FEED, [[name, appId, changes, nowMs]]],
  ];
}

function userRow(appId: string, now: number, { userId, record, profile }: WrittenUser): SqlRow {
  const { version, status, role } = record;
  const { nickname = null, faceUrl = null, ex = null } = profile ?? {};
  const [sessions, ended] = [encodeSessions(record), encodeEnded(record)];
  const decided = [version, status, role, sessions, ended];
  return [appId, userId, userTag(appId, userId), ...decided, nickname, faceUrl, ex, now];
}

function endedRow(appId: string, end: EndedSession): SqlRow {
  const row = toEndedTable(appId, end);
  const { session_id, app_id, user_id, session, cause, ended_by, ended_at, expires_at } = row;
  return [session_id, app_id, user_id, session, cause, ended_by, ended_at, expires_at];
}

function revocationRow(appId: string, revocation: Revocation): SqlRow {
  const row = toRevocationTable(appId, revocation);
  const { id, app_id, user_id, target, reason, created_at, created_by, affected_sessions } = row;
  return [id, app_id, user_id, target, reason, created_at, created_by, affected_sessions];
}

function idempotencyRow(appId: string, record: IdempotencyRecord): SqlRow {
  const row = toIdempotencyTable(appId, record);
  return [row.app_id, row.key, row.user_id, row.request_hash, row.outcome, row.created_at];
}
