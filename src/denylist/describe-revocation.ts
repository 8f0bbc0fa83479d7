import { asTime } from '../common/clock.js';
import type { Restoration, Revocation } from '../ports/revocation.js';

/** A revocation as people are shown it, over the API and by a command. */
export function describeRevocation(revocation: Revocation) {
  const { id, target, createdAt, createdBy, affectedSessions, restoration } = revocation;
  return {
    id,
    target,
    reason: revocation.reason,
    createdAt: asTime(createdAt),
    createdBy,
    affectedSessions,
    ...(restoration === null
      ? {}
      : {
          restoredAt: asTime(restoration.restoredAt),
          restoredBy: restoration.restoredBy,
          restoredReason: restoration.reason,
          restoredSessions: restoration.affectedSessions,
        }),
  };
}

/** How the revocation `id` was taken back. */
export function describeRestoration(id: string, restoration: Restoration) {
  const { restoredAt, restoredBy, affectedSessions } = restoration;
  return { id, restoredAt: asTime(restoredAt), restoredBy, affectedSessions };
}
