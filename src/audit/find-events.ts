import type { AuditEvent } from '../ports/account-record.js';
import type { AuditLog, AuditQuery } from '../ports/audit-log.port.js';

/** Looks up what happened. */
export class FindEvents {
  constructor(private readonly log: AuditLog) {}

  /** Newest first. */
  list(query: AuditQuery): Promise<readonly AuditEvent[]> {
    return this.log.list(query);
  }
}
