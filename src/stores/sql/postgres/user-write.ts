import { userTag } from '../../../common/ids.js';
import { revokedUser } from '../../../ports/revocation.js';
import type { LockedUsers, UserBatch, UserWrites } from '../../../ports/user-ledger.port.js';
import type { BusinessWrites } from '../../../ports/user-ledger.port.js';
import { encodeAccount, toAuditTable } from '../account-row.js';
import { toEndedTable, toIdempotencyTable, toRestoredColumns, toRevocationTable } from '../rows.js';
import { encodeEnded, encodeSessions } from '../user-row.js';
import { bigintArray, textArray } from './binary-array.js';

/** What `HEAD` answers. */
export interface Head {
  readonly now_ms: number;
  readonly position: number;
  readonly incarnation: number;
  readonly epoch: number;
  readonly revoked_epoch: number;
}

/** What a transaction has locked, and what its engine needs to write it. */
export interface Lock {
  readonly head: Head;
  readonly locked: LockedUsers;
  /** User id → place of its row. */
  readonly places: ReadonlyMap<string, string>;
  /** Account id → place of its row. */
  readonly accountPlaces: ReadonlyMap<string, string>;
  readonly staleKeys: readonly string[];
}

type WrittenUser = UserWrites['users'][number];

/** The parameters of `WRITE`. `id` names the batch. */
export function writeParameters(
  { appId, whole }: UserBatch,
  id: Buffer,
  { places }: Lock,
  writes: UserWrites,
) {
  const changed: (WrittenUser & { readonly place: string })[] = [];
  const created: WrittenUser[] = [];
  for (const user of writes.users) {
    const place = places.get(user.userId);
    if (place === undefined) created.push(user);
    else changed.push({ ...user, place });
  }
  const ended = writes.ended.map((end) => toEndedTable(appId, end));
  return [
    appId,
    id.toString('hex'),
    textArray(changed.map(({ place }) => place)),
    textArray(changed.map(({ userId }) => userId)),
    bigintArray(changed.map(({ record }) => record.version)),
    textArray(changed.map(({ record }) => encodeSessions(record))),
    textArray(changed.map(({ record }) => encodeEnded(record))),
    textArray(created.map(({ userId }) => userId)),
    textArray(created.map(({ userId }) => userTag(appId, userId))),
    bigintArray(created.map(({ record }) => record.version)),
    textArray(created.map(({ record }) => record.status)),
    textArray(created.map(({ record }) => record.role)),
    textArray(created.map(({ record }) => encodeSessions(record))),
    textArray(created.map(({ record }) => encodeEnded(record))),
    textArray(created.map(({ profile }) => profile?.nickname ?? '')),
    textArray(created.map(({ profile }) => profile?.faceUrl ?? '')),
    textArray(created.map(({ profile }) => profile?.ex ?? '')),
    textArray(ended.map(({ session_id }) => session_id)),
    textArray(ended.map(({ user_id }) => user_id)),
    textArray(ended.map(({ session }) => session)),
    textArray(ended.map(({ cause }) => cause)),
    textArray(ended.map(({ ended_by }) => ended_by)),
    bigintArray(ended.map(({ ended_at }) => ended_at)),
    bigintArray(ended.map(({ expires_at }) => expires_at)),
    rowsAsJson(writes.idempotency.map((row) => toIdempotencyTable(appId, row))),
    whole ? writes.users.length : null,
  ];
}

/** The parameters of `REVOKE`. `id` names the batch. */
export function revokeParameters({ appId }: UserBatch, id: Buffer, writes: UserWrites) {
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

/** The parameters of `WRITE_ACCOUNTS`. `id` names the batch. */
export function accountParameters(
  { appId }: UserBatch,
  id: Buffer,
  { accountPlaces }: Lock,
  { accounts, names, droppedNames, audit }: BusinessWrites,
) {
  const changed = accounts.filter(({ accountId }) => accountPlaces.has(accountId));
  const created = accounts.filter(({ accountId }) => !accountPlaces.has(accountId));
  return [
    appId,
    id.toString('hex'),
    textArray(changed.map(({ accountId }) => accountPlaces.get(accountId) ?? '')),
    textArray(changed.map(({ accountId }) => accountId)),
    bigintArray(changed.map(({ record }) => record.version)),
    textArray(changed.map(({ record }) => record.emailKey)),
    textArray(changed.map(({ record }) => encodeAccount(record))),
    textArray(created.map(({ accountId }) => accountId)),
    bigintArray(created.map(({ record }) => record.version)),
    textArray(created.map(({ record }) => record.emailKey)),
    textArray(created.map(({ record }) => encodeAccount(record))),
    textArray([...names.keys()]),
    textArray([...names.values()]),
    textArray(droppedNames),
    rowsAsJson(audit.map(toAuditTable)),
  ];
}

/**
 * The parameters of `DESCRIBE` behind the app id: status, role and texts of the users that exist
 * and change in one of them; undefined: none.
 */
export function descriptions({ locked }: Lock, writes: UserWrites): Cell[][] | undefined {
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
