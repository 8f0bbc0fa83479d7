import type { KeyRow } from '../ports/control-ledger.port.js';
import { activeKeys, keyState, upcomingKey } from './ring.js';

/** How keys follow each other. Seconds. */
export interface KeySchedule {
  /** How long a key signs. */
  readonly rotationIntervalSeconds: number;
  /** How long a key is published before it signs. */
  readonly prepublishSeconds: number;
  /** Longest lifetime of a token that nobody asked a lifetime for. */
  readonly ordinaryLifetimeSeconds: number;
}

/** What a transition makes of a ring. */
export interface RingPlan {
  /** Rows as they are from now on. */
  readonly changed: readonly KeyRow[];
  /** The states in which new keys are wanted, none of them twice. */
  readonly create: readonly ('active' | 'upcoming')[];
}

/** The most keys that a {@link RingPlan} creates. */
export const MAX_CREATED_KEYS = 2;

/** Whether a plan leaves all as it is, so that nothing need be written. */
export function changesNothing({ changed, create }: RingPlan): boolean {
  return changed.length === 0 && create.length === 0;
}

/**
 * How long after its expiry a token may still be taken somewhere: the most that
 * `tokens.clockLeewaySeconds` can be set to on any broker, and what its clock may be off.
 */
export const LONGEST_LEEWAY_SECONDS = 300 + 2;

/**
 * What makes a ring whole: one key that signs and one upcoming. An upcoming key signs before a new
 * one does, because verifiers may know it already. `nowSeconds`, here and below, is the ledger's
 * clock.
 */
export function completeRing(rows: readonly KeyRow[], ring: string, nowSeconds: number): RingPlan {
  return complete(rows, ring, nowSeconds, []);
}

/**
 * What time brings: the active key retires when it has signed for the interval and the upcoming
 * one was published long enough; a key goes when nothing that it signed is left. Rotates once,
 * however late it is asked.
 */
export function advanceRing(
  rows: readonly KeyRow[],
  ring: string,
  nowSeconds: number,
  schedule: KeySchedule,
): RingPlan {
  const own = rows.filter((row) => row.ring === ring);
  const changed = own.flatMap((row) => {
    const aged = outlived(inThePast(row, nowSeconds), nowSeconds);
    return aged === row ? [] : [aged];
  });
  const now = overlay(own, changed);
  return nowSeconds >= rotationDueAt(now, ring, schedule)
    ? rotated(own, ring, nowSeconds, schedule, changed)
    : complete(own, ring, nowSeconds, changed);
}

/** Retires the active key at once: for who has seen to it that the upcoming one may sign. */
export function rotateRing(
  rows: readonly KeyRow[],
  ring: string,
  nowSeconds: number,
  schedule: KeySchedule,
): RingPlan {
  return rotated(rows, ring, nowSeconds, schedule, []);
}

/** Refuses keys of a ring from now on, for good; the upcoming one signs if the active is among them. */
export function revokeKeys(
  rows: readonly KeyRow[],
  ring: string,
  revoked: readonly KeyRow[],
  order: { readonly by: string; readonly reason: string },
  nowSeconds: number,
): RingPlan {
  const changed = revoked.map((row) => ({
    ...withoutSigning(row),
    revokedAt: nowSeconds,
    revokedBy: order.by,
    revokedReason: order.reason,
  }));
  return complete(rows, ring, nowSeconds, changed);
}

/** When the upcoming key of a ring has been published long enough; infinite where there is none. */
export function publishedLongEnoughAt(
  rows: readonly KeyRow[],
  ring: string,
  { prepublishSeconds }: Pick<KeySchedule, 'prepublishSeconds'>,
): number {
  const upcoming = upcomingKey(rows, ring);
  return upcoming === undefined ? Infinity : upcoming.publishedAt + prepublishSeconds;
}

/** When the active key of a ring is to be replaced; infinite where there is none. */
export function rotationDueAt(
  rows: readonly KeyRow[],
  ring: string,
  schedule: KeySchedule,
): number {
  const active = activeKeys(rows).get(ring);
  if (active === undefined) return Infinity;
  const until = (active.activatedAt ?? 0) + schedule.rotationIntervalSeconds;
  return Math.max(until, publishedLongEnoughAt(rows, ring, schedule));
}

function rotated(
  rows: readonly KeyRow[],
  ring: string,
  nowSeconds: number,
  { ordinaryLifetimeSeconds }: KeySchedule,
  changed: readonly KeyRow[],
): RingPlan {
  const before = overlay(rows, changed);
  const upcoming = upcomingKey(before, ring);
  if (upcoming === undefined) return complete(rows, ring, nowSeconds, changed);
  const retired = before
    .filter((row) => row.ring === ring && keyState(row) === 'active')
    .map((row) => outlived({ ...withoutSigning(row), retiredAt: nowSeconds }, nowSeconds));
  // Where its predecessor's reservation reached, but for what was out of the ordinary, the new key
  // begins, so that the first mints after a rotation wait for none.
  const reserved = Math.max(0, ...retired.map(({ signsUntil }) => signsUntil));
  const signsUntil = Math.max(
    upcoming.signsUntil,
    Math.min(reserved, nowSeconds + ordinaryLifetimeSeconds),
  );
  const promoted = { ...upcoming, activatedAt: nowSeconds, signsUntil };
  return complete(rows, ring, nowSeconds, merged(changed, [...retired, promoted]));
}

/** The plan that makes `changed` and then whatever else the ring lacks. */
function complete(
  rows: readonly KeyRow[],
  ring: string,
  nowSeconds: number,
  changed: readonly KeyRow[],
): RingPlan {
  const after = overlay(rows, changed);
  const active = activeKeys(after).get(ring);
  const upcoming = upcomingKey(after, ring);
  if (active !== undefined) return { changed, create: upcoming === undefined ? ['upcoming'] : [] };
  if (upcoming === undefined) return { changed, create: ['active', 'upcoming'] };
  const promoted = { ...upcoming, activatedAt: nowSeconds };
  return { changed: merged(changed, [promoted]), create: ['upcoming'] };
}

/** Dates of a clock that has been set back since: counted anew from now, or nothing would be due. */
function inThePast(row: KeyRow, nowSeconds: number): KeyRow {
  const { publishedAt, activatedAt } = row;
  const ahead = publishedAt > nowSeconds || (activatedAt ?? 0) > nowSeconds;
  if (!ahead || !['upcoming', 'active'].includes(keyState(row))) return row;
  return {
    ...row,
    publishedAt: Math.min(publishedAt, nowSeconds),
    activatedAt: activatedAt === null ? null : Math.min(activatedAt, nowSeconds),
  };
}

function outlived(row: KeyRow, nowSeconds: number): KeyRow {
  const isOver = nowSeconds > row.signsUntil + LONGEST_LEEWAY_SECONDS;
  const signs = row.retiredAt === null && row.revokedAt === null;
  if (signs || row.removedAt !== null || !isOver) return row;
  return { ...row, removedAt: nowSeconds, sealedPrivate: '' };
}

/** Of an HS256 key the private part also verifies, so it goes with the last token. */
function withoutSigning(row: KeyRow): KeyRow {
  return row.algorithm === 'HS256' ? row : { ...row, sealedPrivate: '' };
}

/** Both, and of a row in both the later. */
function merged(earlier: readonly KeyRow[], later: readonly KeyRow[]): KeyRow[] {
  const ids = new Set(later.map(({ id }) => id));
  return [...earlier.filter(({ id }) => !ids.has(id)), ...later];
}

function overlay(rows: readonly KeyRow[], changed: readonly KeyRow[]): KeyRow[] {
  const byId = new Map(changed.map((row) => [row.id, row]));
  return rows.map((row) => byId.get(row.id) ?? row);
}
