import type { DatabaseSync, StatementSync } from 'node:sqlite';
import {
  type MessagePort,
  parentPort,
  receiveMessageOnPort,
  workerData,
} from 'node:worker_threads';
import { connectSqlite, transact } from './sqlite-connection.ts';
import type { Answer, Order, SqlRow, Statement, WriterStart } from './writer-messages.ts';

/*
 * The thread that writes the embedded ledger. It knows statements and transactions, and nothing of
 * what they are about. It does one thing at a time, so it waits for its orders instead of turning
 * an event loop: in the middle of a transaction, with the lock held, that is the quickest.
 *
 * The tests start it from the sources, where Node finds files by their own names: hence `.ts`.
 */

/** Thrown to roll back; told from a failure by being itself. */
const ABANDONED = new Error('abandoned');

class Writer {
  readonly #port: MessagePort;
  readonly #orders: Int32Array;
  readonly #connection: DatabaseSync;
  readonly #prepared = new Map<string, StatementSync>();

  constructor(port: MessagePort, { path, patienceMs, orders }: WriterStart) {
    this.#port = port;
    this.#orders = orders;
    this.#connection = connectSqlite(path, patienceMs);
  }

  /** Carries out orders until one says to close. */
  serve(): void {
    for (let order = this.#next(); !('close' in order); order = this.#next()) {
      if (!('begin' in order)) throw new Error('there is no transaction to go on with');
      this.#answer(this.#transaction(order.begin));
      // It could not be rolled back. The end of the thread frees the lock.
      if (this.#connection.isTransaction) throw new Error('the transaction does not end');
    }
    this.#connection.close();
  }

  #transaction(reads: readonly Statement[]): Answer {
    try {
      return transact(this.#connection, () => {
        this.#answer({ found: reads.map((statement) => this.#read(statement)) });
        const order = this.#next();
        if (!('write' in order)) throw ABANDONED;
        return { changed: order.write.map((statement) => this.#write(statement)) };
      });
    } catch (error) {
      if (error === ABANDONED) return { abandoned: true };
      const { message, code, errcode } = error as Error & { code?: string; errcode?: number };
      return { failed: { message, code, errcode } };
    }
  }

  #read([sql, runs]: Statement): readonly SqlRow[] {
    const statement = this.#prepare(sql);
    const rows: SqlRow[] = [];
    for (const run of runs) {
      for (const row of statement.all(...run) as unknown as SqlRow[]) rows.push(row);
    }
    return rows;
  }

  #write([sql, runs]: Statement): number {
    const statement = this.#prepare(sql);
    let changed = 0;
    for (const run of runs) changed += Number(statement.run(...run).changes);
    return changed;
  }

  #prepare(sql: string): StatementSync {
    let statement = this.#prepared.get(sql);
    if (statement === undefined) {
      statement = this.#connection.prepare(sql);
      // Objects would carry the names of their columns to the other thread.
      statement.setReturnArrays(true);
      this.#prepared.set(sql, statement);
    }
    return statement;
  }

  #answer(answer: Answer): void {
    this.#port.postMessage(answer);
  }

  #next(): Order {
    for (;;) {
      const count = Atomics.load(this.#orders, 0);
      const received = receiveMessageOnPort(this.#port);
      if (received !== undefined) return received.message as Order;
      Atomics.wait(this.#orders, 0, count);
    }
  }
}

if (parentPort === null) throw new Error('this runs as a thread of the broker');
new Writer(parentPort, workerData as WriterStart).serve();
