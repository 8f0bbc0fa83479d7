/** What the writer's thread and the thread that decides say to each other. One at a time, in turn. */

export type SqlValue = string | number | null;
export type SqlRow = readonly SqlValue[];

/** A statement and the parameters of each of its runs. */
export type Statement = readonly [sql: string, runs: readonly SqlRow[]];

export interface WriterStart {
  readonly path: string;
  /** Milliseconds that a transaction waits for a lock that another process has. */
  readonly patienceMs: number;
  /** Raised after each order, so that the thread can wait for the next. */
  readonly orders: Int32Array;
}

export type Order =
  /** Takes the write lock and reads. */
  | { readonly begin: readonly Statement[] }
  /** Writes and commits. */
  | { readonly write: readonly Statement[] }
  /** Rolls back. */
  | { readonly abandon: true }
  | { readonly close: true };

export type Answer =
  /** The lock is held. The rows that each statement found, all runs together. */
  | { readonly found: readonly (readonly SqlRow[])[] }
  /** Committed: how many rows each statement changed. */
  | { readonly changed: readonly number[] }
  | { readonly abandoned: true }
  /** Rolled back, or not begun. */
  | { readonly failed: SqliteFailure };

/** An error of SQLite's: its properties don't survive the way between threads by themselves. */
export interface SqliteFailure {
  readonly message: string;
  readonly code: string | undefined;
  /** SQLite's extended result code; undefined where the error isn't SQLite's. */
  readonly errcode: number | undefined;
}
