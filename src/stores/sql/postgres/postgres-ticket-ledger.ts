import { type CompiledQuery, type Kysely, type RawBuilder, sql } from 'kysely';
import type { LedgerSchema } from '../schema.js';
import { SqlTicketLedger, type TicketRow } from '../sql-ticket-ledger.js';
import { askingPostgres } from './postgres-errors.js';
import { NOW_SQL } from './user-statements.js';

/** Tickets in PostgreSQL. */
export class PostgresTicketLedger extends SqlTicketLedger {
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

  protected override async writeReturning(
    statement: CompiledQuery<TicketRow>,
  ): Promise<readonly TicketRow[]> {
    return (await this.#db.executeQuery(statement)).rows;
  }
}
