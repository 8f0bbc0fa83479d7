import { newSessionId, SystemEntropy, userTag } from '../../src/common/ids.js';
import type { UserRecord } from '../../src/ports/user-record.js';
import { userIdOf } from '../load/request.js';

export const FILLED_APP = 'default';

export interface FilledUser {
  readonly userId: string;
  readonly tag: string;
  readonly record: UserRecord;
}

const entropy = new SystemEntropy();
const LIFETIME_SECONDS = 7 * 24 * 3600;

/** A member with one session, as a first mint over OpenIM's call leaves it. */
export function filledUser(number: number, now: number): FilledUser {
  const userId = userIdOf('member', number);
  const tag = userTag(FILLED_APP, userId);
  const session = {
    id: newSessionId(entropy, tag),
    version: 1,
    platformId: 1,
    deviceId: '',
    scope: 'im:connect im:renew',
    epoch: 0,
    startedAt: now,
    expiresAt: now + LIFETIME_SECONDS,
    revocations: [],
  };
  const record: UserRecord = {
    version: 1,
    status: 'active',
    role: '',
    sessions: [session],
    ended: [],
  };
  return { userId, tag, record };
}

export function nowSeconds(): number {
  return Math.floor(Date.now() / 1000);
}
