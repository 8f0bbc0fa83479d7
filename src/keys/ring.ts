import type { KeyAlgorithm, KeyRow } from '../ports/control-ledger.port.js';

/** The ES256 keys that every app without keys of its own signs with. */
export const SHARED_RING = 'shared';
const APP_RING_PREFIX = 'app:';

/**
 * Where a key stands in its life: published and not yet signing; signing; no longer signing but
 * verifying; of no use, as all that it signed has expired; refused.
 */
export type KeyState = 'upcoming' | 'active' | 'retiring' | 'removed' | 'revoked';

/** The ring whose active key signs for an app, if its tokens are signed by `algorithm`. */
export function ringFor(appId: string, algorithm: KeyAlgorithm): string {
  return algorithm === 'ES256' ? SHARED_RING : APP_RING_PREFIX + appId;
}

/** The one algorithm of a ring's keys. Throws for what names no ring. */
export function algorithmOf(ring: string): KeyAlgorithm {
  if (ring === SHARED_RING) return 'ES256';
  if (ring.startsWith(APP_RING_PREFIX) && ring.length > APP_RING_PREFIX.length) return 'HS256';
  throw new Error(`There is no key ring "${ring}".`);
}

/** Every ring that has keys. */
export function ringsOf(rows: readonly KeyRow[]): string[] {
  return [...new Set(rows.map(({ ring }) => ring))];
}

/** The state of a key. No clock is asked: only the ledger moves a key on. */
export function keyState(row: KeyRow): KeyState {
  if (row.revokedAt !== null) return 'revoked';
  if (row.removedAt !== null) return 'removed';
  if (row.retiredAt !== null) return 'retiring';
  return row.activatedAt === null ? 'upcoming' : 'active';
}

/** The key that signs, by ring: of several active ones, the one activated last. */
export function activeKeys(rows: readonly KeyRow[]): Map<string, KeyRow> {
  const byRing = new Map<string, KeyRow>();
  for (const row of rows) {
    if (keyState(row) !== 'active') continue;
    const other = byRing.get(row.ring);
    if (other === undefined || activatedAfter(row, other)) byRing.set(row.ring, row);
  }
  return byRing;
}

/** The key of a ring that signs next: of several, the one published first. */
export function upcomingKey(rows: readonly KeyRow[], ring: string): KeyRow | undefined {
  return rows
    .filter((row) => row.ring === ring && keyState(row) === 'upcoming')
    .sort((a, b) => a.publishedAt - b.publishedAt || (a.id < b.id ? -1 : 1))[0];
}

/** An order without ties, so that every broker names the same key. */
function activatedAfter(row: KeyRow, other: KeyRow): boolean {
  const seconds = (row.activatedAt ?? 0) - (other.activatedAt ?? 0);
  return seconds === 0 ? row.id < other.id : seconds > 0;
}
