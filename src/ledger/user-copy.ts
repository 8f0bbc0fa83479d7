import type { FinalCause, UserCopy, UserRecord, UserRef } from '../ports/user-record.js';

const NEVER: UserRecord = { version: 0, status: 'active', role: '', sessions: [], ended: [] };

/** The copy of a record as it was read or written at a position; of a user that doesn't exist: version 0. */
export function copyOf(
  user: UserRef,
  record: UserRecord = NEVER,
  at: { readonly incarnation: number; readonly position: number },
): UserCopy {
  const working = new Map<string, number>();
  const denied = new Map<string, 'revoked' | FinalCause>();
  for (const session of record.sessions) {
    if (!session.revoked) working.set(session.id, session.epoch);
    else denied.set(session.id, 'revoked');
  }
  for (const { session, cause } of record.ended) denied.set(session.id, cause);
  return {
    appId: user.appId,
    userId: user.userId,
    incarnation: at.incarnation,
    position: at.position,
    version: record.version,
    status: record.status,
    role: record.role,
    working,
    denied,
  };
}
