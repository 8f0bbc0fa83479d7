import type { UserRef } from '../ports/user-record.js';

/** One string for a user of an app, unambiguous whatever characters the ids hold. */
export function userKey(user: UserRef): string {
  return `${user.appId.length}:${user.appId}${user.userId}`;
}
