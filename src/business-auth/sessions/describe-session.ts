import { asTime } from '../../common/clock.js';
import type { BusinessSession } from '../../ports/account-record.js';

/** A session as people are shown it, over the API and by a command. */
export function describeSession(session: BusinessSession) {
  const { id, clientId, deviceId, startedAt, lastUsedAt, expiresAt } = session;
  return {
    sessionId: id,
    clientId,
    deviceId: deviceId === '' ? null : deviceId,
    startedAt: asTime(startedAt),
    lastUsedAt: asTime(lastUsedAt),
    expiresAt: asTime(expiresAt),
  };
}
