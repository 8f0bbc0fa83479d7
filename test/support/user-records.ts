import type {
  EndedSession,
  IdempotencyRecord,
  LockedUsers,
  UserBatch,
  UserLedger,
  UserWrites,
} from '../../src/ports/user-ledger.port.js';
import type { Revocation } from '../../src/ports/revocation.js';
import type { Session, UserRecord } from '../../src/ports/user-record.js';
import { sessionId } from './user-copies.js';

export const APP = 'default';

/** A user without sessions, but for what is given. */
export function userRecord(parts: Partial<UserRecord> = {}): UserRecord {
  return { version: 1, status: 'active', role: '', sessions: [], ended: [], ...parts };
}

export function userSession(parts: Partial<Session> = {}): Session {
  return {
    id: sessionId(1),
    version: 1,
    platformId: 1,
    deviceId: '',
    scope: 'im:connect',
    epoch: 0,
    startedAt: 1_800_000_000,
    expiresAt: 1_800_003_600,
    revoked: false,
    businessSessionId: '',
    ...parts,
  };
}

export function endedSessionOf(
  userId: string,
  session: Session,
  parts: Partial<EndedSession> = {},
): EndedSession {
  return { userId, session, cause: 'kicked', by: sessionId(9), endedAt: 1_800_000_100, ...parts };
}

export function revocationOf(
  userId: string,
  id: string,
  parts: Partial<Revocation> = {},
): Revocation {
  return {
    id,
    target: { type: 'user', userId },
    boundary: 1,
    reason: 'lost phone',
    createdAt: 1_800_000_100,
    createdBy: 'imAdmin',
    expiresAt: 1_800_003_600,
    affectedSessions: 1,
    restoration: null,
    ...parts,
  };
}

export function idempotencyOf(
  userId: string,
  key: string,
  createdAt: number,
  parts: Partial<IdempotencyRecord> = {},
): IdempotencyRecord {
  return { key, userId, requestHash: 'hash', outcome: '{"first":true}', createdAt, ...parts };
}

export function writesOf(parts: Partial<UserWrites>): UserWrites {
  return {
    users: [],
    ended: [],
    revocations: [],
    restorations: new Map(),
    idempotency: [],
    ...parts,
  };
}

export function batchOf(
  userIds: readonly string[],
  decide: (locked: LockedUsers) => UserWrites,
  parts: Partial<UserBatch> = {},
): UserBatch {
  return {
    appId: APP,
    userIds,
    idempotencyKeys: [],
    whole: false,
    withProfiles: true,
    revocationsOf: [],
    accountIds: [],
    names: [],
    decide,
    ...parts,
  };
}

/** Raises the version of every user that could be locked, creating those that are new. */
export function raiseVersions(locked: LockedUsers): UserWrites {
  return writesOf({
    users: [...locked.users].map(([userId, stored]) => ({
      userId,
      record: { ...(stored?.record ?? userRecord()), version: (stored?.record.version ?? 0) + 1 },
    })),
  });
}

/** Raises the version of these users, over and over until each was done once. */
export async function raiseEach(ledger: UserLedger, userIds: readonly string[]): Promise<void> {
  let left = userIds;
  while (left.length > 0) {
    const { written } = await ledger.change(batchOf(left, raiseVersions));
    left = left.filter((userId) => !written.has(userId));
  }
}
