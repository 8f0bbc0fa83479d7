import type { RedisCredentials } from './redis-url.js';

/**
 * A fresh error that says what went wrong with Redis and can be logged: the driver's own carry the
 * arguments of the command, and an old server repeats those of a greeting that it doesn't know.
 */
export function describeRedisError(error: unknown, credentials: RedisCredentials = {}): Error {
  const inner = innermost(error);
  let message = inner instanceof Error ? inner.message || inner.name : 'unknown error';
  message = message.replace(/, with args beginning with:.*$/s, '');
  if (credentials.password) message = message.replaceAll(credentials.password, '[redacted]');
  const described = new Error(message);
  described.stack = `Error: ${message}`;
  const code = inner instanceof Error && 'code' in inner ? inner.code : undefined;
  return typeof code === 'string' ? Object.assign(described, { code }) : described;
}

// A Cluster says "failed to refresh slots" and keeps the reason apart; a host of several
// addresses fails with one error for each.
function innermost(error: unknown): unknown {
  if (error instanceof AggregateError) return innermost(error.errors[0]);
  if (error instanceof Error && 'lastNodeError' in error && error.lastNodeError instanceof Error) {
    return innermost(error.lastNodeError);
  }
  return error;
}
