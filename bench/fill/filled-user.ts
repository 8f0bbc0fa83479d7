import { newSessionId, SystemEntropy, userTag } from '../../src/common/ids.js';
import { MAX_KEPT_ENDS, type Session, type UserRecord } from '../../src/ports/user-record.js';
import { userIdOf } from '../load/request.js';

export const FILLED_APP = 'default';

export interface FilledUser {
  readonly userId: string;
  readonly tag: string;
  readonly record: UserRecord;
}

/** Makes the member of a number; `now`: Unix seconds. */
export type FilledUserOf = (number: number, now: number) => FilledUser;

const entropy = new SystemEntropy();
/** Denied sessions that a {@link deniedUser} has at most: platforms 2 to 9. */
export const MAX_DENIED = 8;
const LIFETIME_SECONDS = 7 * 24 * 3600;

/**
 * A member with one session, who has logged in over OpenIM's call as often as the row keeps the
 * ends of: the next mint costs what every mint costs from then on.
 */
export function filledUser(number: number, now: number): FilledUser {
  const userId = userIdOf('member', number);
  const tag = userTag(FILLED_APP, userId);
  const version = MAX_KEPT_ENDS + 1;
  const session = (ofVersion: number) => filledSession(tag, ofVersion, now);
  const record: UserRecord = {
    version,
    status: 'active',
    role: '',
    sessions: [session(version)],
    ended: Array.from({ length: MAX_KEPT_ENDS }, (_, index) => ({
      session: session(MAX_KEPT_ENDS - index),
      cause: 'replaced' as const,
      by: newSessionId(entropy, tag),
      endedAt: now,
    })),
  };
  return { userId, tag, record };
}

/**
 * Makes members who have been cut off, with as many sessions as are asked for, each on a platform
 * of its own other than the first: a login there ends none of them.
 */
export function deniedUser(sessions: number): FilledUserOf {
  return (number, now) => {
    const userId = userIdOf('member', number);
    const tag = userTag(FILLED_APP, userId);
    const denied = Array.from({ length: sessions }, (_, index) => ({
      ...filledSession(tag, index + 1, now),
      platformId: index + 2,
      revoked: true,
    }));
    const version = MAX_DENIED + 1;
    const record: UserRecord = { version, status: 'active', role: '', sessions: denied, ended: [] };
    return { userId, tag, record };
  };
}

function filledSession(tag: string, version: number, now: number): Session {
  return {
    id: newSessionId(entropy, tag),
    version,
    platformId: 1,
    deviceId: '',
    scope: 'im:connect im:renew',
    epoch: 0,
    startedAt: now,
    expiresAt: now + LIFETIME_SECONDS,
    revoked: false,
    businessSessionId: '',
  };
}

export function nowSeconds(): number {
  return Math.floor(Date.now() / 1000);
}
