import { type CompiledQuery, type Kysely, type RawBuilder, sql } from 'kysely';
import type { LedgerSchema } from '../schema.js';
import { SqlAuditLog } from '../sql-audit-log.js';
import { askingPostgres } from './postgres-errors.js';
import { NOW_SQL } from './user-statements.js';

/** The audit record in PostgreSQL. */
export class PostgresAuditLog extends SqlAuditLog {
  readonly #db: Kysely<LedgerSchema>;

  constructor(db: Kysely<LedgerSchema>) {
    super(db);
    this.#db = db;
  }

  protected override now(): RawBuilder<number> {
    return sql.raw(NOW_SQL);
  }

  protected override asking<T>(work: () => Promise<T>): Promise<T> {
    return askingPostgres(work);
  }

  protected override async write(statement: CompiledQuery): Promise<number> {
    return Number((await this.#db.executeQuery(statement)).numAffectedRows ?? 0);
  }
}
