import type { AuditEvent } from './account-record.js';

/** Which events of an app are asked for. */
export interface AuditQuery {
  readonly appId: string;
  /** Those about one subject only. */
  readonly subject?: string;
  /** Those that tell of attacks only. */
  readonly securityOnly?: boolean;
  /** Only those older than this one, as it was listed. */
  readonly before?: { readonly at: number; readonly id: string };
  readonly limit: number;
}

/**
 * The audit record of the business tier. An event of a change is written in the transaction that
 * makes the change; what changes nothing (a wrong password) is added by itself.
 *
 * Failure: throws `BrokerError('ledger_unavailable')`.
 */
export abstract class AuditLog {
  /** Newest first; of the same second, by id. */
  abstract list(query: AuditQuery): Promise<readonly AuditEvent[]>;

  /** `at` is by the ledger's clock. */
  abstract add(event: Omit<AuditEvent, 'at'>): Promise<void>;

  /** Forgets what is older than `seconds`. Returns how many went. */
  abstract sweep(seconds: number): Promise<number>;
}
