import { copiedSessions } from '../ports/copied-sessions.js';
import type { UserCopy, UserRecord, UserRef } from '../ports/user-record.js';

const NEVER: UserRecord = { version: 0, status: 'active', role: '', sessions: [], ended: [] };

/** The copy of a record as it was read or written at a position; of a user that doesn't exist: version 0. */
export function copyOf(
  user: UserRef,
  record: UserRecord = NEVER,
  at: { readonly incarnation: number; readonly position: number },
): UserCopy {
  return {
    appId: user.appId,
    userId: user.userId,
    incarnation: at.incarnation,
    position: at.position,
    version: record.version,
    status: record.status,
    role: record.role,
    sessions: copiedSessions(record),
  };
}
