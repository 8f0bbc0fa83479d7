import type pg from 'pg';
import { userTag } from '../../../common/ids.js';
import {
  type Committed,
  type IdempotencyRecord,
  type LockedUsers,
  type StoredUser,
  type UserBatch,
  type UserWrites,
  writesNothing,
} from '../../../ports/user-ledger.port.js';
import {
  fromIdempotencyTable,
  fromRevocationTable,
  IDEMPOTENCY_SECONDS,
  toEndedTable,
  toIdempotencyTable,
  toRestoredColumns,
  toRevocationTable,
} from '../rows.js';
import type { IdempotencyTable, RevocationTable } from '../schema.js';
import {
  encodeEnded,
  encodeSessions,
  type ProfileRow,
  toStoredUser,
  type UserRow,
} from '../user-row.js';
import { revokedUser } from '../../../ports/revocation.js';
import { outcomeOfLostCommit } from './lost-commit.js';
import { writtenUsers } from './feed-row.js';
import { isServerAnswer } from './postgres-errors.js';
import {
  DESCRIBE,
  FORGET_KEYS,
  HEAD,
  IDEMPOTENCY,
  LOCK,
  LOCK_WITH_PROFILES,
  REVOKE,
  STANDING,
  WRITE,
} from './user-statements.js';

interface Head {
  readonly now_ms: number;
  readonly position: number;
  readonly incarnation: number;
  readonly epoch: number;
  readonly revoked_epoch: number;
}

interface LockedRow extends Omit<UserRow, keyof ProfileRow>, Partial<ProfileRow> {
  /** Where the row is; null: it is locked elsewhere. */
  readonly place: string | null;
}

/** What a transaction has locked, and what its engine needs to write it. */
interface Lock {
  readonly head: Head;
  readonly locked: LockedUsers;
  /** User id → place of its row. */
  readonly places: ReadonlyMap<string, string>;
  readonly staleKeys: readonly string[];
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
    const lock = await takeLocks(client, batch, id);
    const { head } = lock;
    const writes = batch.decide(lock.locked);
    if (writesNothing(writes)) {
      await client.query('rollback');
      broken = false;
      return { incarnation: head.incarnation, position: head.position, written: new Set() };
    }
    const written = await writeAndCommit(client, batch, id, lock, writes).catch(
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
    // Locks are let go before the caller hears of it; where that can't be, the connection goes.
    broken = await client.query('rollback').then(
      () => false,
      () => true,
    );
    throw error;
  } finally {
    client.release(broken);
  }
}

async function takeLocks(client: pg.PoolClient, batch: UserBatch, id: Buffer): Promise<Lock> {
  const { appId, userIds, idempotencyKeys } = batch;
  const [, heads, users, keys, standing] = await all([
    client.query('begin'),
    client.query<Head>(HEAD, [appId, id.readBigInt64BE().toString()]),
    client.query<LockedRow>(batch.withProfiles ? LOCK_WITH_PROFILES : LOCK, [appId, userIds]),
    idempotencyKeys.length === 0
      ? undefined
      : client.query<IdempotencyTable>(IDEMPOTENCY, [appId, idempotencyKeys]),
    batch.revocationsOf.length === 0
      ? undefined
      : client.query<RevocationTable>(STANDING, [appId, batch.revocationsOf]),
  ]);
  const head = heads.rows[0];
  if (head === undefined) throw new Error('the head of a user transaction returned no row');

  const found = new Map<string, StoredUser | undefined>();
  for (const userId of userIds) found.set(userId, undefined);
  const places = new Map<string, string>();
  for (const row of users.rows) {
    if (row.place === null) {
      found.delete(row.user_id);
    } else {
      found.set(row.user_id, toStoredUser(row));
      places.set(row.user_id, row.place);
    }
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
    revokedEpoch: head.revoked_epoch,
    users: found,
    idempotency,
    revocations: (standing?.rows ?? []).map(fromRevocationTable),
  };
  return { head, locked, places, staleKeys };
}

async function writeAndCommit(
  client: pg.PoolClient,
  batch: UserBatch,
  id: Buffer,
  lock: Lock,
  writes: UserWrites,
): Promise<ReadonlySet<string>> {
  const { appId } = batch;
  const described = descriptions(lock, writes);
  const forgotten =
    lock.staleKeys.length === 0 ? [] : [client.query(FORGET_KEYS, [appId, lock.staleKeys])];
  const write = client.query<{ users: string }>(WRITE, writeParameters(batch, id, lock, writes));
  const statements: Promise<pg.QueryResult>[] = [...forgotten, write];
  if (described !== undefined) statements.push(client.query(DESCRIBE, [appId, ...described]));
  if (writes.revocations.length > 0 || writes.restorations.size > 0) {
    statements.push(client.query(REVOKE, revokeParameters(batch, id, writes)));
  }
  const commit = client.query('commit');
  await all(statements).catch(async (error: unknown) => {
    await Promise.allSettled([commit]);
    throw isServerAnswer(error) ? new RefusedWrite(error) : error;
  });
  const { command } = await commit;
  if (command !== 'COMMIT') throw new RefusedWrite(new Error('the transaction was rolled back'));
  return writtenUsers((await write).rows[0]?.users);
}

/** The server refused a statement of the write, so the commit behind it did nothing. */
class RefusedWrite extends Error {
  constructor(override readonly cause: unknown) {
    super('the write was refused');
  }
}

function writeParameters(
  { appId, whole }: UserBatch,
  id: Buffer,
  { places }: Lock,
  writes: UserWrites,
) {
  const changed = columns(5);
  const created = columns(10);
  for (const { userId, record, profile } of writes.users) {
    const { version, status, role } = record;
    const sessions = encodeSessions(record);
    const ended = encodeEnded(record);
    const place = places.get(userId);
    if (place === undefined) {
      const { nickname = '', faceUrl = '', ex = '' } = profile ?? {};
      const described = [nickname, faceUrl, ex];
      const tag = userTag(appId, userId);
      push(created, [userId, tag, version, status, role, sessions, ended, ...described]);
    } else {
      push(changed, [place, userId, version, sessions, ended]);
    }
  }
  const ends = columns(7);
  for (const end of writes.ended) {
    const row = toEndedTable(appId, end);
    const { session_id, user_id, session, cause, ended_by, ended_at, expires_at } = row;
    push(ends, [session_id, user_id, session, cause, ended_by, ended_at, expires_at]);
  }
  return [
    appId,
    id.toString('hex'),
    ...changed,
    ...created,
    ...ends,
    rowsAsJson(writes.idempotency.map((row) => toIdempotencyTable(appId, row))),
    whole ? writes.users.length : null,
  ];
}

function revokeParameters({ appId }: UserBatch, id: Buffer, writes: UserWrites) {
  const changed = new Set(writes.users.map(({ userId }) => userId));
  const revoked = writes.revocations.map((revocation) => ({
    ...toRevocationTable(appId, revocation),
    of_written: changed.has(revokedUser(revocation)),
  }));
  const restored = [...writes.restorations].map(([revocationId, restoration]) => ({
    id: revocationId,
    ...toRestoredColumns(restoration),
  }));
  return [appId, id.toString('hex'), rowsAsJson(revoked), rowsAsJson(restored)];
}

/** Status, role and texts of the users that exist and change in one of them; undefined: none. */
function descriptions({ locked }: Lock, writes: UserWrites): Cell[][] | undefined {
  const described = columns(6);
  for (const { userId, record, profile } of writes.users) {
    const before = locked.users.get(userId)?.record;
    if (before === undefined) continue;
    const { status, role } = record;
    if (profile === undefined && status === before.status && role === before.role) continue;
    const { nickname = null, faceUrl = null, ex = null } = profile ?? {};
    push(described, [userId, status, role, nickname, faceUrl, ex]);
  }
  return described[0]?.length === 0 ? undefined : described;
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
