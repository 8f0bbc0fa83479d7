import { type CompiledQuery, type Kysely, type RawBuilder, sql } from 'kysely';
import type { AuditEvent } from '../../ports/account-record.js';
import { AuditLog, type AuditQuery } from '../../ports/audit-log.port.js';
import { fromAuditTable, toAuditTable } from './account-row.js';
import type { LedgerSchema } from './schema.js';

/** What the audit record is on either database, but for its clock, its failures and who writes. */
export abstract class SqlAuditLog extends AuditLog {
  constructor(private readonly db: Kysely<LedgerSchema>) {
    super();
  }

  /** The ledger's clock in Unix seconds. */
  protected abstract now(): RawBuilder<number>;

  /** Names failures in the port's words. */
  protected abstract asking<T>(work: () => Promise<T>): Promise<T>;

  /** Returns how many rows the statement changed. */
  protected abstract write(statement: CompiledQuery): Promise<number>;

  override list(query: AuditQuery): Promise<readonly AuditEvent[]> {
    const { appId, subject, securityOnly = false, before, limit } = query;
    let events = this.db.selectFrom('audit_events').selectAll().where('app_id', '=', appId);
    if (subject !== undefined) events = events.where('subject', '=', subject);
    // Written out, so that the index of these events alone serves it.
    if (securityOnly) events = events.where('security', '=', sql.lit(1));
    if (before !== undefined) {
      events = events.where((is) =>
        is(is.refTuple('at', 'id'), '<', is.tuple(before.at, before.id)),
      );
    }
    const newest = events.orderBy('at', 'desc').orderBy('id', 'desc').limit(limit);
    return this.asking(async () => (await newest.execute()).map(fromAuditTable));
  }

  override add(event: Omit<AuditEvent, 'at'>): Promise<void> {
    const row = { ...toAuditTable({ ...event, at: 0 }), at: this.now() };
    const statement = this.db.insertInto('audit_events').values(row).compile();
    return this.asking(async () => void (await this.write(statement)));
  }

  override sweep(seconds: number): Promise<number> {
    const statement = this.db
      .deleteFrom('audit_events')
      .where('at', '<', sql<number>`${this.now()} - ${seconds}`)
      .compile();
    return this.asking(() => this.write(statement));
  }
}
