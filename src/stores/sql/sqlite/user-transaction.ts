import { toUnixSeconds } from '../../../common/clock.js';
import { userTag } from '../../../common/ids.js';
import type { Restoration, Revocation } from '../../../ports/revocation.js';
import {
  type EndedSession,
  type IdempotencyRecord,
  type LockedUsers,
  type StoredUser,
  type UserBatch,
  type UserWrites,
  writesNothing,
} from '../../../ports/user-ledger.port.js';
import type { AccountName, AccountRecord, AuditEvent } from '../../../ports/account-record.js';
import type { BusinessWrites } from '../../../ports/user-ledger.port.js';
import { decodeAccount, encodeAccount, toAuditTable } from '../account-row.js';
import {
  fromRevocationTable,
  IDEMPOTENCY_SECONDS,
  toEndedTable,
  toIdempotencyTable,
  toRestoredColumns,
  toRevocationTable,
} from '../rows.js';
import { encodeEnded, encodeSessions, toStoredUser, type UserRow } from '../user-row.js';
import {
  ACCOUNT,
  ACCOUNT_NAME,
  ADD_AUDIT,
  ADD_ENDED,
  ADD_FEED,
  ADD_IDEMPOTENCY,
  ADD_NAME,
  ADD_REVOCATION,
  DROP_NAME,
  EPOCH,
  HEAD,
  IDEMPOTENCY,
  PUT_ACCOUNT,
  PUT_USER,
  RESTORE,
  STANDING,
  USER,
} from './user-statements.js';
import type { SqlRow, Statement } from './writer-messages.js';

type WrittenUser = UserWrites['users'][number];

/** What a transaction on users reads under the lock; {@link toLockedBatch} takes what it found. */
export function lockStatements(batch: UserBatch, nowMs: number): readonly Statement[] {
  const { appId, userIds, idempotencyKeys, revocationsOf, accountIds, names } = batch;
  const oldest = toUnixSeconds(nowMs) - IDEMPOTENCY_SECONDS;
  return [
    [HEAD, [[]]],
    [EPOCH, [[appId]]],
    [USER, userIds.map((userId) => [appId, userId])],
    [IDEMPOTENCY, idempotencyKeys.map((key) => [appId, key, oldest])],
    [STANDING, revocationsOf.map((userId) => [appId, userId])],
    [ACCOUNT, accountIds.map((accountId) => [appId, accountId])],
    [ACCOUNT_NAME, names.map((name) => [appId, name])],
  ];
}

/** Columns in the order of {@link USER}, {@link IDEMPOTENCY} and {@link STANDING}. */
type UserValues = [
  ...[userId: string, version: number, status: UserRow['status'], role: string],
  ...[sessions: string, ended: string, createdAt: number],
  ...[nickname: string, faceUrl: string, ex: string],
];
type IdempotencyValues = [
  ...[appId: string, key: string, userId: string],
  ...[requestHash: string, outcome: string, createdAt: number],
];
type StandingValues = [
  ...[id: string, appId: string, userId: string, target: string, boundary: number],
  ...[reason: string, createdAt: number, createdBy: string, expiresAt: number],
  affectedSessions: number | null,
];

export interface LockedBatch {
  readonly incarnation: number;
  readonly position: number;
  readonly locked: LockedUsers;
}

export function toLockedBatch(
  batch: UserBatch,
  nowMs: number,
  found: readonly (readonly SqlRow[])[],
): LockedBatch {
  const [heads = [], epochs = [], userRows = [], keyRows = [], standing = []] = found;
  const [accountRows = [], nameRows = []] = found.slice(5);
  const [incarnation, position] = heads[0] as [number, number];
  const [epoch, revokedEpoch] = (epochs[0] ?? [0, -1]) as [number, number];
  const users = new Map<string, StoredUser | undefined>();
  for (const userId of batch.userIds) users.set(userId, undefined);
  for (const row of userRows) users.set(row[0] as string, toUser(row));
  const idempotency = new Map<string, IdempotencyRecord>();
  for (const row of keyRows) {
    const record = toIdempotencyRecord(row);
    idempotency.set(record.key, record);
  }
  const revocations = standing.map(toStanding);
  const accounts = new Map<string, AccountRecord | undefined>();
  for (const accountId of batch.accountIds) accounts.set(accountId, undefined);
  for (const [accountId, record] of accountRows) {
    accounts.set(accountId as string, decodeAccount(record as string));
  }
  const names = new Map(nameRows as readonly (readonly [AccountName, string])[]);
  const business = { accounts, names };
  const locked = { nowMs, epoch, revokedEpoch, users, idempotency, revocations, ...business };
  return { incarnation, position, locked };
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

function toStanding(row: SqlRow): Revocation {
  const [id, app_id, user_id, target, boundary, reason, created_at, created_by, ...rest] =
    row as StandingValues;
  const [expires_at, affected_sessions] = rest;
  return fromRevocationTable({
    ...{ id, app_id, user_id, target, boundary, reason, created_at, created_by },
    ...{ expires_at, affected_sessions },
    ...toRestoredColumns(null),
  });
}

/** What a transaction on users writes, with a row of the feed that bears its name. */
export function writeStatements(
  appId: string,
  name: string,
  nowMs: number,
  writes: UserWrites,
): readonly Statement[] {
  if (writesNothing(writes)) return [];
  const { users, ended, revocations, restorations, idempotency } = writes;
  const changes = JSON.stringify(users.map(({ userId, record }) => [userId, record.version]));
  return [
    [PUT_USER, users.map((user) => userRow(appId, toUnixSeconds(nowMs), user))],
    [ADD_ENDED, ended.map((end) => endedRow(appId, end))],
    [ADD_REVOCATION, revocations.map((revocation) => revocationRow(appId, revocation))],
    [RESTORE, [...restorations].map(([id, one]) => restorationRow(appId, id, one))],
    [ADD_IDEMPOTENCY, idempotency.map((record) => idempotencyRow(appId, record))],
    ...(writes.business === undefined ? [] : businessStatements(appId, writes.business)),
    [ADD_FEED, [[name, appId, changes, nowMs]]],
  ];
}

function businessStatements(appId: string, writes: BusinessWrites): readonly Statement[] {
  const { accounts, names, droppedNames, audit } = writes;
  return [
    [
      PUT_ACCOUNT,
      accounts.map(({ accountId, record }) => {
        return [appId, accountId, record.version, record.emailKey, encodeAccount(record)];
      }),
    ],
    [DROP_NAME, droppedNames.map((name) => [appId, name])],
    [ADD_NAME, [...names].map(([name, accountId]) => [appId, name, accountId])],
    [ADD_AUDIT, audit.map(auditRow)],
  ];
}

function auditRow(event: AuditEvent): SqlRow {
  const row = toAuditTable(event);
  const { id, app_id, at, type, security, actor, subject, detail } = row;
  return [id, app_id, at, type, security, actor, subject, detail];
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
  const { id, app_id, user_id, target, boundary, reason, created_at, created_by } = row;
  const decided = [target, boundary, reason, created_at, created_by];
  return [id, app_id, user_id, ...decided, row.expires_at, row.affected_sessions];
}

function restorationRow(appId: string, id: string, restoration: Restoration): SqlRow {
  const row = toRestoredColumns(restoration);
  const { restored_at, restored_by, restored_reason, restored_sessions } = row;
  return [restored_at, restored_by, restored_reason, restored_sessions, id, appId];
}

function idempotencyRow(appId: string, record: IdempotencyRecord): SqlRow {
  const row = toIdempotencyTable(appId, record);
  return [row.app_id, row.key, row.user_id, row.request_hash, row.outcome, row.created_at];
}
