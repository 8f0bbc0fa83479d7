import type { CompiledQuery } from 'kysely';
import { SqlRevocationLog } from '../sql-revocation-log.js';
import { awaitingSqlite } from './sqlite-errors.js';
import type { SqliteLedger } from './sqlite-ledger.js';
import type { SqliteWriter } from './sqlite-writer.js';
import type { SqlRow } from './writer-messages.js';

/** The record of revocations in SQLite. */
export class SqliteRevocationLog extends SqlRevocationLog {
  readonly #writer: SqliteWriter;

  constructor({ db, writer }: Pick<SqliteLedger, 'db' | 'writer'>) {
    super(db);
    this.#writer = writer;
  }

  protected override asking<T>(work: () => Promise<T>): Promise<T> {
    return awaitingSqlite(work);
  }

  protected override write({ sql, parameters }: CompiledQuery): Promise<unknown> {
    return this.#writer.write([[sql, [parameters as SqlRow]]]);
  }
}
