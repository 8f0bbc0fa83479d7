import { asTime } from '../common/clock.js';
import type { AuditEvent } from '../ports/account-record.js';

/** An event as people are shown it, over the API and by a command. */
export function describeEvent({ at, ...event }: AuditEvent) {
  return { ...event, at: asTime(at) };
}
