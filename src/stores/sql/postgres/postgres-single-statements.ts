import { type CompiledQuery, type Kysely, type RawBuilder, sql } from 'kysely';
import type { LedgerSchema } from '../schema.js';
import type { SingleStatements } from '../single-statements.js';
import { askingPostgres } from './postgres-errors.js';
import { NOW_SQL } from './user-statements.js';

/** Single statements on PostgreSQL. */
export class PostgresSingleStatements implements SingleStatements {
  constructor(private readonly db: Kysely<LedgerSchema>) {}

  now(): RawBuilder<number> {
    return sql.raw(NOW_SQL);
  }

  asking<T>(work: () => Promise<T>): Promise<T> {
    return askingPostgres(work);
  }

  async write(statement: CompiledQuery): Promise<number> {
    return Number((await this.db.executeQuery(statement)).numAffectedRows ?? 0);
  }

  async writeReturning<Row>(statement: CompiledQuery<Row>): Promise<readonly Row[]> {
    return (await this.db.executeQuery(statement)).rows;
  }
}
