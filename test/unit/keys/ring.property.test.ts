import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { publishKey } from '../../../src/keys/generate-key.js';
import { changesNothing, completeRing } from '../../../src/keys/lifecycle.js';
import { activeKeys, algorithmOf, keyState, ringFor, upcomingKey } from '../../../src/keys/ring.js';
import type { KeyRow } from '../../../src/ports/control-ledger.port.js';

const seconds = fc.integer({ min: 0, max: 3 });
const perhaps = fc.oneof(fc.constant(null), seconds);
const rarely = fc.oneof(
  { weight: 4, arbitrary: fc.constant(null) },
  { weight: 1, arbitrary: seconds },
);
const keyRow: fc.Arbitrary<KeyRow> = fc.record({
  id: fc.stringMatching(/^[a-z]{1,4}$/),
  ring: fc.constantFrom('shared', 'app:a', 'app:b'),
  algorithm: fc.constantFrom('ES256' as const, 'HS256' as const),
  publishedAt: seconds,
  activatedAt: perhaps,
  retiredAt: rarely,
  revokedAt: rarely,
  revokedBy: fc.constant(null),
  revokedReason: fc.constant(null),
  removedAt: rarely,
  signsUntil: seconds,
  publicJwk: fc.constant(''),
  sealedPrivate: fc.constant(''),
});
const keyRows = fc.uniqueArray(keyRow, { selector: (row) => row.id, maxLength: 12 });

/** The ring once the plan was carried out. */
function carriedOut(rows: readonly KeyRow[], ring: string, now: number): KeyRow[] {
  const { changed, create } = completeRing(rows, ring, now);
  const kept = rows.filter((row) => changed.every(({ id }) => id !== row.id));
  const made = create.map((state, index) =>
    publishKey(
      {
        id: `new-${index}`,
        ring,
        algorithm: algorithmOf(ring),
        publicJwk: '',
        sealedPrivate: '',
      },
      state,
      now,
    ),
  );
  return [...kept, ...changed, ...made];
}

function count(rows: readonly KeyRow[], ring: string, state: string): number {
  return rows.filter((row) => row.ring === ring && keyState(row) === state).length;
}

describe('the state of a key', () => {
  const row = publishKey(
    { id: 'k', ring: 'shared', algorithm: 'ES256', publicJwk: '', sealedPrivate: '' },
    'upcoming',
    1,
  );

  it.each<[string, Partial<KeyRow>]>([
    ['upcoming', {}],
    ['active', { activatedAt: 2 }],
    ['retiring', { activatedAt: 2, retiredAt: 3 }],
    ['revoked', { revokedAt: 4 }],
    ['revoked', { activatedAt: 2, revokedAt: 4 }],
    ['revoked', { activatedAt: 2, retiredAt: 3, revokedAt: 4 }],
    ['active', { publishedAt: 0, activatedAt: 0 }],
    ['revoked', { revokedAt: 0 }],
    ['removed', { activatedAt: 2, retiredAt: 3, removedAt: 4 }],
    ['revoked', { activatedAt: 2, retiredAt: 3, revokedAt: 4, removedAt: 5 }],
  ])('is %s with %j', (state, dates) => {
    expect(keyState({ ...row, ...dates })).toBe(state);
  });
});

describe('the ring of an app', () => {
  it('is shared for ES256 and its own for HS256', () => {
    expect(ringFor('acme', 'ES256')).toBe('shared');
    expect(ringFor('acme', 'HS256')).toBe('app:acme');
    expect(ringFor('shared', 'HS256')).not.toBe(ringFor('acme', 'ES256'));
  });

  it.each(['acme', 'shared', 'app:x', 'a:b'])('has the algorithm that %s asked for', (appId) => {
    expect(algorithmOf(ringFor(appId, 'ES256'))).toBe('ES256');
    expect(algorithmOf(ringFor(appId, 'HS256'))).toBe('HS256');
  });

  it.each(['', 'app:', 'other', 'Shared'])('is not %j', (ring) => {
    expect(() => algorithmOf(ring)).toThrow(/no key ring/);
  });
});

describe('the plan of a ring', () => {
  it('wants both keys of an empty ring', () => {
    expect(completeRing([], 'shared', 9)).toEqual({
      changed: [],
      create: ['active', 'upcoming'],
    });
  });

  it('leaves a key that signs and one upcoming, whatever was there, and then wants nothing', () => {
    fc.assert(
      fc.property(keyRows, fc.constantFrom('shared', 'app:a'), (rows, ring) => {
        const after = carriedOut(rows, ring, 9);
        expect(count(after, ring, 'active')).toBe(Math.max(1, count(rows, ring, 'active')));
        expect(count(after, ring, 'upcoming')).toBeGreaterThanOrEqual(1);
        expect(changesNothing(completeRing(after, ring, 9))).toBe(true);
        expect(activeKeys(after).has(ring)).toBe(true);
        expect(upcomingKey(after, ring)).toBeDefined();
      }),
    );
  });

  it('touches no other ring and brings no retired or revoked key back', () => {
    fc.assert(
      fc.property(keyRows, (rows) => {
        const after = new Map(carriedOut(rows, 'app:a', 9).map((row) => [row.id, row]));
        for (const row of rows) {
          const changed = row.ring === 'app:a' && keyState(row) === 'upcoming';
          if (!changed) expect(after.get(row.id)).toEqual(row);
        }
      }),
    );
  });

  it('names the same keys in whatever order the rows come', () => {
    fc.assert(
      fc.property(keyRows, (rows) => {
        const reversed = [...rows].reverse();
        for (const ring of ['shared', 'app:a', 'app:b']) {
          expect(activeKeys(reversed).get(ring)).toEqual(activeKeys(rows).get(ring));
          expect(completeRing(reversed, ring, 9)).toEqual(completeRing(rows, ring, 9));
        }
      }),
    );
  });

  it('lets the upcoming key that was published first sign where none does', () => {
    const row = (id: string, publishedAt: number): KeyRow =>
      publishKey(
        { id, ring: 'shared', algorithm: 'ES256', publicJwk: '', sealedPrivate: '' },
        'upcoming',
        publishedAt,
      );
    const plan = completeRing([row('a', 5), row('b', 3)], 'shared', 9);
    expect(plan.changed).toEqual([{ ...row('b', 3), activatedAt: 9 }]);
    expect(plan.create).toEqual(['upcoming']);
  });
});
