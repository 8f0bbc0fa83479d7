import type pg from 'pg';
import { userTag } from '../../../common/ids.js';
import type {
  Committed,
  IdempotencyRecord,
  LockedUsers,
  StoredUser,
  UserBatch,
  UserWrites,
} from '../../../ports/user-ledger.port.js';
import {
  fromIdempotencyTable,
  IDEMPOTENCY_SECONDS,
  toEndedTable,
  toIdempotencyTable,
  toRevocationTable,
} from '../rows.js';
import type { IdempotencyTable } from '../schema.js';
import { encodeEnded, encodeSessions, toStoredUser, type UserRow } from '../user-row.js';
import { outcomeOfLostCommit } from './lost-commit.js';
import { writtenUsers } from './feed-row.js';
import { isServerAnswer } from './postgres-errors.js';
import { FORGET_KEYS, HEAD, IDEMPOTENCY, LOCK, WRITE } from './user-statements.js';

interface Head {
  readonly now_ms: number;
  readonly position: number;
  readonly incarnation: number;
  readonly epoch: number;
}

interface LockedRow extends UserRow {
  readonly locked: boolean;
}

/**
 * The user transaction on PostgreSQL, in two round trips: `begin`, head and locks are sent
 * together, and so are the write and `commit`. `id`, 8 random bytes, names it.
 */
export async function runUserTransaction(
  pool: pg.Pool,
  batch: UserBatch,
  id: Buffer,
): Promise<Committed> {
  const client = await pool.connect();
  let broken = true;
  try {
    const { head, locked, staleKeys } = await lock(client, batch, id);
    const writes = batch.decide(locked);
    if (writes.users.length === 0) {
      await client.query('rollback');
      broken = false;
      return { incarnation: head.incarnation, position: head.position, written: new Set() };
    }
    const written = await writeAndCommit(client, batch.appId, id, locked, writes, staleKeys).catch(
      (error: unknown) => {
        // A statement that was refused can't have been committed. Anything else may have been:
        // the connection broke, or the commit itself was answered by an error.
        if (error instanceof RefusedWrite) throw error.cause;
        return outcomeOfLostCommit(pool, id, head.position, error);
      },
    );
    broken = false;
    return { incarnation: head.incarnation, position: head.position, written };
  } catch (error) {
    // The server said no and still talks to us: end the transaction and keep the connection.
    if (isServerAnswer(error))
      broken = await client.query('rollback').then(
        () => false,
        () => true,
      );
    throw error;
  } finally {
    client.release(broken);
  }
}

async function lock(client: pg.PoolClient, batch: UserBatch, id: Buffer) {
  const { appId, userIds, idempotencyKeys } = batch;
  const [, heads, users, keys] = await all([
    client.query('begin'),
    client.query<Head>(HEAD, [appId, id.readBigInt64BE().toString()]),
    client.query<LockedRow>(LOCK, [appId, userIds]),
    idempotencyKeys.length === 0
      ? undefined
      : client.query<IdempotencyTable>(IDEMPOTENCY, [appId, idempotencyKeys]),
  ]);
  const head = heads.rows[0];
  if (head === undefined) throw new Error('the head of a user transaction returned no row');

  const found = new Map<string, StoredUser | undefined>();
  for (const userId of userIds) found.set(userId, undefined);
  for (const row of users.rows) {
    if (row.locked) found.set(row.user_id, toStoredUser(row));
    else found.delete(row.user_id);
  }
  const idempotency = new Map<string, IdempotencyRecord>();
  const staleKeys: string[] = [];
  const oldest = head.now_ms / 1000 - IDEMPOTENCY_SECONDS;
  for (const row of keys?.rows ?? []) {
    if (row.created_at > oldest) idempotency.set(row.key, fromIdempotencyTable(row));
    else staleKeys.push(row.key);
  }
  const locked: LockedUsers = {
    nowMs: head.now_ms,
    epoch: head.epoch,
    users: found,
    idempotency,
  };
  return { head, locked, staleKeys };
}

async function writeAndCommit(
  client: pg.PoolClient,
  appId: string,
  id: Buffer,
  locked: LockedUsers,
  writes: UserWrites,
  staleKeys: readonly string[],
): Promise<ReadonlySet<string>> {
  const statements = [
    ...(staleKeys.length === 0 ? [] : [client.query(FORGET_KEYS, [appId, staleKeys])]),
    client.query<{ users: string }>(WRITE, writeParameters(appId, id, locked, writes)),
  ];
  const commit = client.query('commit');
  const results = await all(statements).catch(async (error: unknown) => {
    await Promise.allSettled([commit]);
    throw isServerAnswer(error) ? new RefusedWrite(error) : error;
  });
  const { command } = await commit;
  if (command !== 'COMMIT') throw new RefusedWrite(new Error('the transaction was rolled back'));
  return writtenUsers((results.at(-1)?.rows[0] as { users: string } | undefined)?.users);
}

/** The server refused a statement of the write, so the commit behind it did nothing. */
class RefusedWrite extends Error {
  constructor(override readonly cause: unknown) {
    super('the write was refused');
  }
}

function writeParameters(appId: string, id: Buffer, locked: LockedUsers, writes: UserWrites) {
  const changed = columns(9);
  const created = columns(10);
  const ordered = writes.users.toSorted((a, b) => (a.userId < b.userId ? -1 : 1));
  for (const { userId, record, profile } of ordered) {
    const { version, status, role } = record;
    const state = [version, status, role, encodeSessions(record), encodeEnded(record)];
    if (locked.users.get(userId) === undefined) {
      const { nickname = '', faceUrl = '', ex = '' } = profile ?? {};
      push(created, [userId, userTag(appId, userId), ...state, nickname, faceUrl, ex]);
    } else {
      const { nickname = null, faceUrl = null, ex = null } = profile ?? {};
      push(changed, [userId, ...state, nickname, faceUrl, ex]);
    }
  }
  return [
    appId,
    id.toString('hex'),
    ...changed,
    ...created,
    rowsAsJson(writes.ended.map((row) => toEndedTable(appId, row))),
    rowsAsJson(writes.revocations.map((row) => toRevocationTable(appId, row))),
    rowsAsJson(writes.idempotency.map((row) => toIdempotencyTable(appId, row))),
  ];
}

type Cell = string | number | null;

function columns(count: number): Cell[][] {
  return Array.from({ length: count }, () => []);
}

function push(target: Cell[][], cells: readonly Cell[]): void {
  for (const [index, cell] of cells.entries()) target[index]?.push(cell);
}

function rowsAsJson(rows: readonly object[]): string {
  return rows.length === 0 ? '[]' : JSON.stringify(rows);
}

/**
 * Waits for all of the answers and throws the first failure that is not the echo of an earlier
 * one: after a failed statement PostgreSQL refuses the rest of the transaction.
 */
async function all<T extends readonly unknown[]>(
  queries: T,
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  const settled = await Promise.allSettled(queries);
  for (const outcome of settled) if (outcome.status === 'rejected') throw outcome.reason;
  return settled.map((outcome) => (outcome as PromiseFulfilledResult<unknown>).value) as {
    -readonly [K in keyof T]: Awaited<T[K]>;
  };
}
