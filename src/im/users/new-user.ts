import type { UserRecord } from '../../ports/user-record.js';

/** A user before its first change. */
export const NEW_USER: UserRecord = {
  version: 0,
  status: 'active',
  role: '',
  sessions: [],
  ended: [],
};
