import type { CompiledQuery, Kysely } from 'kysely';
import type { LedgerSchema } from '../schema.js';
import { SqlRevocationLog } from '../sql-revocation-log.js';
import { askingPostgres } from './postgres-errors.js';

/** The record of revocations in PostgreSQL. */
export class PostgresRevocationLog extends SqlRevocationLog {
  readonly #db: Kysely<LedgerSchema>;

  constructor(db: Kysely<LedgerSchema>) {
    super(db);
    this.#db = db;
  }

  protected override asking<T>(work: () => Promise<T>): Promise<T> {
    return askingPostgres(work);
  }

  protected override write(statement: CompiledQuery): Promise<unknown> {
    return this.#db.executeQuery(statement);
  }
}
