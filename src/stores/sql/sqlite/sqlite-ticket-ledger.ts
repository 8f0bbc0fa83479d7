import { type CompiledQuery, type RawBuilder, sql } from 'kysely';
import { type Clock, toUnixSeconds } from '../../../common/clock.js';
import { TICKET_COLUMNS } from '../rows.js';
import { SqlTicketLedger, type TicketRow } from '../sql-ticket-ledger.js';
import { awaitingSqlite } from './sqlite-errors.js';
import type { SqliteLedger } from './sqlite-ledger.js';
import type { SqliteWriter } from './sqlite-writer.js';
import type { SqlRow } from './writer-messages.js';

/** Tickets in SQLite. The ledger's clock is this machine's. */
export class SqliteTicketLedger extends SqlTicketLedger {
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

  /** What the statement changes, it changes under the write lock; nothing is left to decide. */
  protected override writeReturning({
    sql: text,
    parameters,
  }: CompiledQuery<TicketRow>): Promise<readonly TicketRow[]> {
    return this.#writer.transact({
      reads: [[text, [parameters as SqlRow]]],
      decide: ([rows = []]) => ({ writes: [], result: rows.map(named) }),
    });
  }
}

/** The writer's rows come without the names of their columns. */
function named(row: SqlRow): TicketRow {
  const columns = TICKET_COLUMNS.map((name, n) => [name, row[n]]);
  return Object.fromEntries(columns) as TicketRow;
}
