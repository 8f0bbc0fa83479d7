import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { BrokerError } from '../../../common/errors.js';
import { writtenUsers } from './feed-row.js';
import { LOOK_UP } from './user-statements.js';

const PATIENCE_MS = 10_000;
const PAUSE_MS = 500;

/**
 * Finds out what became of a transaction whose commit was sent and not answered.
 *
 * Its first statement took a lock in its name. Getting that lock means that it has ended, whether
 * or not its server process still had something to read: only then does the feed's row, or its
 * absence, say what happened. Throws `ledger_unavailable` when it was rolled back, and, with
 * words to that effect, when the server could not be asked for ten seconds.
 */
export async function outcomeOfLostCommit(
  pool: pg.Pool,
  id: Buffer,
  position: number,
  cause: unknown,
): Promise<ReadonlySet<string>> {
  const patience = AbortSignal.timeout(PATIENCE_MS);
  while (!patience.aborted) {
    const users = await lookUp(pool, id, position).catch(() => undefined);
    if (users === null) {
      throw new BrokerError('ledger_unavailable', 'the ledger went away; nothing was changed', {
        cause,
      });
    }
    if (users !== undefined) return writtenUsers(users);
    await sleep(PAUSE_MS);
  }
  throw new BrokerError(
    'ledger_unavailable',
    'the ledger went away before it confirmed; whether the change was made is not known',
    { cause },
  );
}

/** The feed row's users, or null when the transaction did not commit. Throws when it can't ask. */
async function lookUp(pool: pg.Pool, id: Buffer, position: number): Promise<string | null> {
  const client = await pool.connect();
  let broken = true;
  try {
    await client.query('begin');
    await client.query(LOOK_UP.lock, [id.readBigInt64BE().toString()]);
    // A statement of its own: its snapshot is taken after the lock was granted.
    const { rows } = await client.query<{ users: string }>(LOOK_UP.find, [
      id.toString('hex'),
      String(position),
    ]);
    await client.query('rollback');
    broken = false;
    return rows[0]?.users ?? null;
  } finally {
    client.release(broken);
  }
}
