import { type CompiledQuery, type RawBuilder, sql } from 'kysely';
import { type Clock, toUnixSeconds } from '../../../common/clock.js';
import { SqlAuditLog } from '../sql-audit-log.js';
import { awaitingSqlite } from './sqlite-errors.js';
import type { SqliteLedger } from './sqlite-ledger.js';
import type { SqliteWriter } from './sqlite-writer.js';
import type { SqlRow } from './writer-messages.js';

/** The audit record in SQLite. The ledger's clock is this machine's. */
export class SqliteAuditLog extends SqlAuditLog {
  readonly #writer: SqliteWriter;

  constructor(
    { db, writer }: Pick<SqliteLedger, 'db' | 'writer'>,
    private readonly clock: Clock,
  ) {
    super(db);
    this.#writer = writer;
  }

  protected override now(): RawBuilder<number> {
    return sql`${toUnixSeconds(this.clock.nowMs())}`;
  }

  protected override asking<T>(work: () => Promise<T>): Promise<T> {
    return awaitingSqlite(work);
  }

  protected override write({ sql: text, parameters }: CompiledQuery): Promise<number> {
    return this.#writer.write([[text, [parameters as SqlRow]]]);
  }
}
