import { asTime } from '../common/clock.js';
import type { AuditEvent } from '../ports/account-record.js';

/** An event of the audit record as people are shown it. */
export function describeEvent({ at, ...event }: AuditEvent) {
  return { ...event, at: asTime(at) };
}
