import { type CompiledQuery, type RawBuilder, sql } from 'kysely';
import { type Clock, toUnixSeconds } from '../../../common/clock.js';
import type { SingleStatements } from '../single-statements.js';
import { awaitingSqlite } from './sqlite-errors.js';
import type { SqliteWriter } from './sqlite-writer.js';
import type { SqlRow } from './writer-messages.js';

/** Single statements on SQLite, written by its one writer. The ledger's clock is this machine's. */
export class SqliteSingleStatements implements SingleStatements {
  constructor(
    private readonly writer: SqliteWriter,
    private readonly clock: Clock,
  ) {}

  now(): RawBuilder<number> {
    return sql`${toUnixSeconds(this.clock.nowMs())}`;
  }

  asking<T>(work: () => Promise<T>): Promise<T> {
    return awaitingSqlite(work);
  }

  write({ sql: text, parameters }: CompiledQuery): Promise<number> {
    return this.writer.write([[text, [parameters as SqlRow]]]);
  }

  /** What the statement changes, it changes under the write lock; nothing is left to decide. */
  writeReturning<Row>(
    { sql: text, parameters }: CompiledQuery<Row>,
    columns: readonly (keyof Row & string)[],
  ): Promise<readonly Row[]> {
    // The writer's rows come without the names of their columns.
    const named = (row: SqlRow) =>
      Object.fromEntries(columns.map((name, n) => [name, row[n]])) as Row;
    return this.writer.transact({
      reads: [[text, [parameters as SqlRow]]],
      decide: ([rows = []]) => ({ writes: [], result: rows.map(named) }),
    });
  }
}
