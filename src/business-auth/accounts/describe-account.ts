import { asTime } from '../../common/clock.js';
import type { AccountEntry } from '../../ports/account-ledger.port.js';
import { secondFactorsOf } from './second-factors.js';

/** An account as operators are shown it: nothing that proves anybody. */
export function describeAccount({ accountId, record }: AccountEntry) {
  const { status, username, email, phone, createdAt, scopes, sessions } = record;
  return {
    ...{ userId: accountId, username, status, email, phone, scopes },
    createdAt: asTime(createdAt),
    secondFactors: secondFactorsOf(record),
    sessions: sessions.map(({ id, clientId, deviceId, startedAt, lastUsedAt, expiresAt }) => ({
      ...{ sessionId: id, clientId, deviceId },
      startedAt: asTime(startedAt),
      lastUsedAt: asTime(lastUsedAt),
      expiresAt: asTime(expiresAt),
    })),
  };
}
