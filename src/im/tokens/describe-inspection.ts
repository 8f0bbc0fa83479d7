import { asTime } from '../../common/clock.js';
import type { Cause, Inspection } from './inspect-user-token.js';

/** A token explained, as people are shown it: over the API and by a command. */
export function describeInspection({ status, claims, keyId, causes }: Inspection) {
  const about =
    claims === undefined
      ? {}
      : {
          userId: claims.sub,
          platformId: claims.PlatformID,
          sessionId: claims.sid,
          deviceId: claims.device ?? null,
          issuedAt: asTime(claims.iat),
          expiresAt: asTime(claims.exp),
          keyId,
        };
  return { status, active: status === 'active', ...about, causes: causes.map(causeOf) };
}

function causeOf(cause: Cause) {
  return 'at' in cause && cause.at !== undefined ? { ...cause, at: asTime(cause.at) } : cause;
}
