import { BrokerError } from '../../../common/errors.js';
import { named, toError } from './sqlite-errors.js';
import type { Answer, SqlRow, Statement } from './writer-messages.js';
import { WriterThread, type WriterThreadOptions } from './writer-thread.js';

/** One transaction: what it reads under the write lock, and what it writes knowing that. */
export interface SqliteTransaction<T> {
  readonly reads: readonly Statement[];
  /**
   * Given the rows that each of `reads` found. Synchronous: the lock is held meanwhile. Throwing
   * rolls back.
   */
  decide(found: readonly (readonly SqlRow[])[]): {
    readonly writes: readonly Statement[];
    readonly result: T;
  };
  /** Asked when the writer ended before it could say. Absent: it can't be told. */
  readonly wasCommitted?: () => boolean;
}

/** What a transaction came to; `changed` is missing where its answer was lost. */
interface Done<T> {
  readonly result: T;
  readonly changed?: readonly number[];
}

/**
 * Writes the embedded ledger on a thread of its own, one transaction after the other in the order
 * of their asking, so that the main thread waits neither for the disk nor for another process's
 * lock.
 *
 * A thread that dies (out of memory, say) takes its transaction with it: an outage, unless the
 * commit proves to have happened. The next transaction starts another thread. Ending the process
 * instead would end the checks, too, which need no writer.
 */
export class SqliteWriter {
  #thread: WriterThread;
  #last: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  constructor(
    private readonly path: string,
    private readonly options: WriterThreadOptions,
  ) {
    this.#thread = new WriterThread(path, options);
  }

  /**
   * Resolves when the transaction has been committed. Throws what `decide` threw or, in the ports'
   * words, what SQLite failed with: then nothing was written, and the lock is free.
   */
  async transact<T>(transaction: SqliteTransaction<T>): Promise<T> {
    return (await this.#inTurn(transaction)).result;
  }

  /** A transaction that decides nothing. Resolves with the number of rows that it changed. */
  async write(writes: readonly Statement[]): Promise<number> {
    const decide = () => ({ writes, result: undefined });
    const { changed = [] } = await this.#inTurn({ reads: [], decide });
    return changed.reduce((sum, rows) => sum + rows, 0);
  }

  /** Waits for what was asked before, then lets go of the file. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#last;
    await this.#thread.close();
  }

  #inTurn<T>(transaction: SqliteTransaction<T>): Promise<Done<T>> {
    if (this.#isClosed) return Promise.reject(outage('the ledger is closed'));
    const mine = this.#last.then(() => this.#run(transaction));
    this.#last = mine.catch(() => undefined);
    return mine;
  }

  async #run<T>(transaction: SqliteTransaction<T>): Promise<Done<T>> {
    const thread = this.#serving();
    const begun = await thread.ask({ begin: transaction.reads });
    if (begun === undefined) throw outage(NOTHING);
    if (!('found' in begun)) throw namedFailure(begun);

    // The thread holds the lock and waits for an order. It must get one, whatever happens here.
    let result: T;
    let ended: Answer | undefined;
    try {
      const decision = transaction.decide(begun.found);
      result = decision.result;
      ended = await thread.ask({ write: decision.writes });
    } catch (error) {
      await thread.ask({ abandon: true });
      throw error;
    }
    if (ended === undefined) {
      requireCommitted(transaction);
      return { result };
    }
    if (!('changed' in ended)) throw namedFailure(ended);
    return { result, changed: ended.changed };
  }

  #serving(): WriterThread {
    if (this.#thread.hasEnded) this.#thread = new WriterThread(this.path, this.options);
    return this.#thread;
  }
}

const NOTHING = 'the ledger went away; nothing was changed';
const UNKNOWN =
  'the ledger went away before it confirmed; whether the change was made is not known';

/** Throws unless the transaction of a writer that has ended was committed. */
function requireCommitted({ wasCommitted }: Pick<SqliteTransaction<unknown>, 'wasCommitted'>) {
  let committed: boolean | undefined;
  try {
    committed = wasCommitted?.();
  } catch (error) {
    throw outage(UNKNOWN, error);
  }
  if (committed === undefined) throw outage(UNKNOWN);
  if (!committed) throw outage(NOTHING);
}

function outage(detail: string, cause?: unknown): BrokerError {
  return new BrokerError('ledger_unavailable', detail, { cause });
}

function namedFailure(answer: Answer): unknown {
  if ('failed' in answer) return named(toError(answer.failed));
  return new Error('the writer of the ledger answered what it had not been asked');
}
