import type pg from 'pg';
import {
  type Committed,
  type IdempotencyRecord,
  type LockedUsers,
  type StoredUser,
  type UserBatch,
  type UserWrites,
  writesNothing,
} from '../../../ports/user-ledger.port.js';
import type { AccountName, AccountRecord } from '../../../ports/account-record.js';
import { decodeAccount } from '../account-row.js';
import { fromIdempotencyTable, fromRevocationTable, IDEMPOTENCY_SECONDS } from '../rows.js';
import type { IdempotencyTable, RevocationTable } from '../schema.js';
import { type ProfileRow, toStoredUser, type UserRow } from '../user-row.js';
import { LOCK_ACCOUNTS, NAMES, WRITE_ACCOUNTS } from './account-statements.js';
import { textArray } from './binary-array.js';
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
import {
  accountParameters,
  descriptions,
  type Head,
  type Lock,
  revokeParameters,
  writeParameters,
} from './user-write.js';

interface LockedRow extends Omit<UserRow, keyof ProfileRow>, Partial<ProfileRow> {
  /** Where the row is; null: it is locked elsewhere. */
  readonly place: string | null;
}

interface LockedAccountRow {
  /** Where the row is; null: it is locked elsewhere. */
  readonly place: string | null;
  readonly account_id: string;
  readonly record: string;
}

interface NameRow {
  readonly name: AccountName;
  readonly account_id: string;
}

/**
 * The user transaction on PostgreSQL, in two round trips: `begin`, head and locks (accounts before
 * users) are sent together, and so are the write and `commit`. `id`, 8 random bytes, names it.
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
  const { appId, userIds, accountIds, names, idempotencyKeys } = batch;
  const lock = batch.withProfiles ? LOCK_WITH_PROFILES : LOCK;
  const answers = sentTogether(
    client,
    () =>
      [
        client.query('begin'),
        client.query<Head>(HEAD, [appId, id.readBigInt64BE().toString()]),
        accountIds.length === 0
          ? undefined
          : client.query<LockedAccountRow>(LOCK_ACCOUNTS, [appId, textArray(accountIds)]),
        userIds.length === 0
          ? undefined
          : client.query<LockedRow>(lock, [appId, textArray(userIds)]),
        idempotencyKeys.length === 0
          ? undefined
          : client.query<IdempotencyTable>(IDEMPOTENCY, [appId, idempotencyKeys]),
        batch.revocationsOf.length === 0
          ? undefined
          : client.query<RevocationTable>(STANDING, [appId, batch.revocationsOf]),
        names.length === 0 ? undefined : client.query<NameRow>(NAMES, [appId, textArray(names)]),
      ] as const,
  );
  const [, heads, accountRows, users, keys, standing, nameRows] = await all(answers);
  const head = heads.rows[0];
  if (head === undefined) throw new Error('the head of a user transaction returned no row');

  const found = new Map<string, StoredUser | undefined>();
  for (const userId of userIds) found.set(userId, undefined);
  const places = new Map<string, string>();
  for (const row of users?.rows ?? []) {
    if (row.place === null) {
      found.delete(row.user_id);
    } else {
      found.set(row.user_id, toStoredUser(row));
      places.set(row.user_id, row.place);
    }
  }
  const { accounts, accountPlaces } = lockedAccounts(accountIds, accountRows?.rows ?? []);
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
    accounts,
    names: new Map((nameRows?.rows ?? []).map((row) => [row.name, row.account_id])),
  };
  return { head, locked, places, accountPlaces, staleKeys };
}

function lockedAccounts(accountIds: readonly string[], rows: readonly LockedAccountRow[]) {
  const accounts = new Map<string, AccountRecord | undefined>();
  const accountPlaces = new Map<string, string>();
  for (const accountId of accountIds) accounts.set(accountId, undefined);
  for (const { place, account_id: accountId, record } of rows) {
    if (place === null) {
      accounts.delete(accountId);
    } else {
      accounts.set(accountId, decodeAccount(record));
      accountPlaces.set(accountId, place);
    }
  }
  return { accounts, accountPlaces };
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
  const { statements, write, commit } = sentTogether(client, () => {
    const sent: Promise<pg.QueryResult>[] = [];
    if (lock.staleKeys.length > 0) sent.push(client.query(FORGET_KEYS, [appId, lock.staleKeys]));
    const { users } = writes;
    const written =
      users.length === 0
        ? undefined
        : client.query<{ users: string }>(WRITE, writeParameters(batch, id, lock, writes));
    if (written !== undefined) sent.push(written);
    if (described !== undefined) sent.push(client.query(DESCRIBE, [appId, ...described]));
    if (writes.revocations.length > 0 || writes.restorations.size > 0) {
      sent.push(client.query(REVOKE, revokeParameters(batch, id, writes)));
    }
    if (writes.business !== undefined) {
      sent.push(client.query(WRITE_ACCOUNTS, accountParameters(batch, id, lock, writes.business)));
    }
    return { statements: sent, write: written, commit: client.query('commit') };
  });
  await all(statements).catch(async (error: unknown) => {
    await Promise.allSettled([commit]);
    throw isServerAnswer(error) ? new RefusedWrite(error) : error;
  });
  const { command } = await commit;
  if (command !== 'COMMIT') throw new RefusedWrite(new Error('the transaction was rolled back'));
  return writtenUsers((await write)?.rows[0]?.users);
}

/** The server refused a statement of the write, so the commit behind it did nothing. */
class RefusedWrite extends Error {
  constructor(override readonly cause: unknown) {
    super('the write was refused');
  }
}

/** Has the statements that `send` sends leave with one system call instead of one for each. */
function sentTogether<T>(client: pg.PoolClient, send: () => T): T {
  const { stream } = client.connection;
  stream.cork();
  try {
    return send();
  } finally {
    stream.uncork();
  }
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
