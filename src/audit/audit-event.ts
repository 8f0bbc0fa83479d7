import { type Entropy, newId } from '../common/ids.js';
import type { AuditEvent } from '../ports/account-record.js';

type Told = Pick<AuditEvent, 'appId' | 'at' | 'type' | 'actor' | 'subject'>;

/** An event for the audit record. It tells of no attack, and of no detail, unless given. */
export function auditEvent(
  entropy: Entropy,
  told: Told & Partial<Pick<AuditEvent, 'security' | 'detail'>>,
): AuditEvent {
  return { id: newId(entropy, 'evt'), security: false, detail: {}, ...told };
}
