import pg from 'pg';
import { BrokerError } from '../../../common/errors.js';

/** SQLSTATE classes and codes that mean that the server can't serve now (PostgreSQL, appendix A). */
const UNAVAILABLE = /^(08|53|57P0|57014|58|25006|25P03|XX|55P03|55000)/;

/**
 * Serialization failure, deadlock, and the division by zero of a write that should have been whole
 * (`user-statements.ts`): nothing happened, and running it again is right.
 */
const AGAIN = new Set(['40001', '40P01', '22012']);
const UNIQUE_VIOLATION = '23505';

/** Whether the failure is the server's word about this statement, not a lost connection. */
export function isServerAnswer(error: unknown): error is pg.DatabaseError {
  return error instanceof pg.DatabaseError && error.code !== undefined;
}

export function shouldRunAgain(error: unknown): boolean {
  return isServerAnswer(error) && (AGAIN.has(error.code ?? '') || isTakenKey(error));
}

/** Another transaction took an idempotency key meanwhile: who decides again sees it. */
function isTakenKey({ code, table }: pg.DatabaseError): boolean {
  return code === UNIQUE_VIOLATION && table === 'idempotency_keys';
}

/** The failure in the port's words. What isn't about availability is left as it is. */
export function namedPostgresError(error: unknown): unknown {
  if (error instanceof BrokerError || isDefect(error)) return error;
  if (shouldRunAgain(error)) {
    return new BrokerError('overloaded', 'the ledger did not come to a decision; try again', {
      cause: describePostgresError(error),
    });
  }
  if (isServerAnswer(error) && !UNAVAILABLE.test(error.code ?? '')) return error;
  return new BrokerError('ledger_unavailable', 'the ledger cannot be reached now', {
    cause: describePostgresError(error),
  });
}

/**
 * The failure as it may be logged: its message and code. The driver's own errors can hold the
 * client that they came from, and with it the password.
 */
export function describePostgresError(error: unknown): Error {
  const { message, code } = error as Partial<NodeJS.ErrnoException>;
  return new Error([code, message ?? 'unknown failure'].filter(Boolean).join(': '));
}

/** A mistake of ours, which must not pass for an outage. */
function isDefect(error: unknown): boolean {
  return (
    error instanceof TypeError || error instanceof RangeError || error instanceof ReferenceError
  );
}

export async function askingPostgres<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw namedPostgresError(error);
  }
}
