import { newSessionId, SystemEntropy, userTag } from '../../src/common/ids.js';
import { MAX_KEPT_ENDS, type Session, type UserRecord } from '../../src/ports/user-record.js';
import { userIdOf } from '../load/request.js';

export const FILLED_APP = 'default';

export interface FilledUser {
  readonly userId: string;
  readonly tag: string;
  readonly record: UserRecord;
}

const entropy = new SystemEntropy();
const LIFETIME_SECONDS = 7 * 24 * 3600;

/**
 * A member with one session, who has logged in over OpenIM's call as often as the row keeps the
 * ends of: the next mint costs what every mint costs from then on.
 */
export function filledUser(number: number, now: number): FilledUser {
  const userId = userIdOf('member', number);
  const tag = userTag(FILLED_APP, userId);
  const version = MAX_KEPT_ENDS + 1;
  const session = (ofVersion: number): Session => ({
    id: newSessionId(entropy, tag),
    version: ofVersion,
    platformId: 1,
    deviceId: '',
    scope: 'im:connect im:renew',
    epoch: 0,
    startedAt: now,
    expiresAt: now + LIFETIME_SECONDS,
    revoked: false,
  });
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

export function nowSeconds(): number {
  return Math.floor(Date.now() / 1000);
}
