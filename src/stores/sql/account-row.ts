import type { AccountRecord, AuditEvent } from '../../ports/account-record.js';
import type { AuditEventTable } from './schema.js';

/** A record as it stands in its column. */
export function encodeAccount(record: AccountRecord): string {
  return JSON.stringify(record);
}

export function decodeAccount(text: string): AccountRecord {
  return JSON.parse(text) as AccountRecord;
}

export function toAuditTable(event: AuditEvent): AuditEventTable {
  const { id, appId, at, type, security, actor, subject, detail } = event;
  const flag = security ? 1 : 0;
  return {
    ...{ id, app_id: appId, at, type, security: flag, actor, subject },
    detail: JSON.stringify(detail),
  };
}

export function fromAuditTable(row: AuditEventTable): AuditEvent {
  const { id, app_id: appId, at, type, security, actor, subject, detail } = row;
  return {
    ...{ id, appId, at, type, security: security === 1, actor, subject },
    detail: JSON.parse(detail) as AuditEvent['detail'],
  };
}
