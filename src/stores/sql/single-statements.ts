import type { CompiledQuery, RawBuilder } from 'kysely';

/** How statements that are a decision by themselves are run: all that differs between the engines. */
export interface SingleStatements {
  /** The ledger's clock in Unix seconds. */
  now(): RawBuilder<number>;

  /** Names failures in the ports' words. */
  asking<T>(work: () => Promise<T>): Promise<T>;

  /** Returns how many rows the statement changed. */
  write(statement: CompiledQuery): Promise<number>;

  /** Returns the rows that the statement changed; `columns` are those that it returns, in order. */
  writeReturning<Row>(
    statement: CompiledQuery<Row>,
    columns: readonly (keyof Row & string)[],
  ): Promise<readonly Row[]>;
}
