import { BrokerError } from '../../../common/errors.js';
import type { SqliteFailure } from './writer-messages.js';

/** Result codes of SQLite that mean "not now": busy, locked, read-only, I/O, full, can't open. */
const UNAVAILABLE = new Set([5, 6, 8, 10, 13, 14]);

/** Runs a piece of work on the embedded ledger and names its failures in the port's words. */
export function askingSqlite<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw named(error);
  }
}

/** The same for work that answers later. */
export async function awaitingSqlite<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw named(error);
  }
}

/** A failure that another thread tells of, as the error that it was there. */
export function toError({ message, ...codes }: SqliteFailure): Error {
  return Object.assign(new Error(message), codes);
}

/** An error as the ports name it. */
export function named(error: unknown): unknown {
  if (error instanceof Error && 'errcode' in error && typeof error.errcode === 'number') {
    // Extended result codes carry the primary one in their low byte.
    if (UNAVAILABLE.has(error.errcode & 0xff)) {
      return new BrokerError('ledger_unavailable', 'the ledger cannot be written now', {
        cause: error,
      });
    }
  }
  return error;
}
