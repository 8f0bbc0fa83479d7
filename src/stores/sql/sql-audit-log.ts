import { type Kysely, sql } from 'kysely';
import type { AuditEvent } from '../../ports/account-record.js';
import { AuditLog, type AuditQuery } from '../../ports/audit-log.port.js';
import { fromAuditTable, toAuditTable } from './account-row.js';
import type { LedgerSchema } from './schema.js';
import type { SingleStatements } from './single-statements.js';

/** The audit record on either database. */
export class SqlAuditLog extends AuditLog {
  constructor(
    private readonly db: Kysely<LedgerSchema>,
    private readonly statements: SingleStatements,
  ) {
    super();
  }

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
    return this.statements.asking(async () => (await newest.execute()).map(fromAuditTable));
  }

  override add(event: Omit<AuditEvent, 'at'>): Promise<void> {
    const row = { ...toAuditTable({ ...event, at: 0 }), at: this.statements.now() };
    const statement = this.db.insertInto('audit_events').values(row).compile();
    return this.statements.asking(async () => void (await this.statements.write(statement)));
  }

  override sweep(seconds: number): Promise<number> {
    const statement = this.db
      .deleteFrom('audit_events')
      .where('at', '<', sql<number>`${this.statements.now()} - ${seconds}`)
      .compile();
    return this.statements.asking(() => this.statements.write(statement));
  }
}
