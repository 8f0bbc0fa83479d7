import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { publishKey } from '../../../src/keys/generate-key.js';
import {
  advanceRing,
  changesNothing,
  completeRing,
  type KeySchedule,
  LONGEST_LEEWAY_SECONDS,
  publishedLongEnoughAt,
  revokeKeys,
  type RingPlan,
  rotateRing,
} from '../../../src/keys/lifecycle.js';
import { activeKeys, algorithmOf, keyState, upcomingKey } from '../../../src/keys/ring.js';
import type { KeyRow } from '../../../src/ports/control-ledger.port.js';

const START = 1_800_000_000;
const ORDER = { by: 'operator', reason: 'leaked' };
const schedule: KeySchedule = {
  rotationIntervalSeconds: 1000,
  prepublishSeconds: 100,
  ordinaryLifetimeSeconds: 300,
};

/** A token as it was signed: by which key, and until when. */
interface Token {
  readonly keyId: string;
  readonly expiresAt: number;
}

/** A ring, a clock and the tokens of it, moved by whatever a test does. */
class World {
  now = START;
  rows: KeyRow[] = [];
  readonly tokens: Token[] = [];
  #made = 0;

  constructor(readonly ring: string) {
    this.carryOut(completeRing(this.rows, ring, this.now));
  }

  carryOut({ changed, create }: RingPlan): void {
    const ids = new Set(changed.map(({ id }) => id));
    const made = create.map((state) => {
      const key = {
        id: `key-${(this.#made += 1)}`,
        ring: this.ring,
        algorithm: algorithmOf(this.ring),
        publicJwk: 'public',
        sealedPrivate: 'sealed',
      };
      return publishKey(key, state, this.now);
    });
    this.rows = [...this.rows.filter(({ id }) => !ids.has(id)), ...changed, ...made];
  }

  advance(): void {
    this.carryOut(advanceRing(this.rows, this.ring, this.now, schedule));
  }

  get active(): KeyRow {
    return activeKeys(this.rows).get(this.ring) ?? expect.fail('nothing signs');
  }

  /** As a broker does: reserves, then signs. */
  mint(ttl: number): void {
    const expiresAt = this.now + ttl;
    const { active } = this;
    if (expiresAt > active.signsUntil) {
      this.carryOut({ changed: [{ ...active, signsUntil: expiresAt + 250 }], create: [] });
    }
    this.tokens.push({ keyId: active.id, expiresAt });
  }

  key(id: string): KeyRow {
    return this.rows.find((row) => row.id === id) ?? expect.fail(`${id} is gone`);
  }
}

type Step = (world: World) => void;

const steps: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.integer({ min: 1, max: 3000 }).map((s) => (w: World) => void (w.now += s)),
  },
  {
    weight: 1,
    arbitrary: fc.integer({ min: 1, max: 5000 }).map((s) => (w: World) => void (w.now -= s)),
  },
  { weight: 6, arbitrary: fc.constant((w: World) => w.advance()) },
  // Some of them far longer than what this broker gives of itself.
  {
    weight: 6,
    arbitrary: fc.integer({ min: 1, max: 4000 }).map((ttl) => (w: World) => w.mint(ttl)),
  },
  {
    weight: 2,
    arbitrary: fc.constant((w: World) => w.carryOut(rotateRing(w.rows, w.ring, w.now, schedule))),
  },
  {
    weight: 1,
    arbitrary: fc.nat().map((n) => (w: World) => {
      const good = w.rows.filter(({ revokedAt }) => revokedAt === null);
      const key = good[n % good.length];
      if (key !== undefined) w.carryOut(revokeKeys(w.rows, w.ring, [key], ORDER, w.now));
    }),
  },
);
const stories = fc.array(steps, { maxLength: 60 });
const rings = fc.constantFrom('shared', 'app:a');

function tell(
  ring: string,
  story: readonly Step[],
  after: (world: World, before: KeyRow[]) => void,
) {
  const world = new World(ring);
  for (const step of story) {
    const before = world.rows;
    step(world);
    after(world, before);
  }
}

describe('whatever happens to a ring', () => {
  it('one key signs and one is upcoming', () => {
    fc.assert(
      fc.property(rings, stories, (ring, story) => {
        tell(ring, story, ({ rows }) => {
          const states = rows.map(keyState);
          expect(states.filter((state) => state === 'active')).toHaveLength(1);
          expect(states.filter((state) => state === 'upcoming')).toHaveLength(1);
        });
      }),
    );
  });

  it('no key is removed before the last token that it signed has expired everywhere', () => {
    fc.assert(
      fc.property(rings, stories, (ring, story) => {
        tell(ring, story, ({ rows, tokens }) => {
          const removed = new Map(rows.map((row) => [row.id, row.removedAt]));
          for (const { keyId, expiresAt } of tokens) {
            const at = removed.get(keyId) ?? Infinity;
            expect(at).toBeGreaterThan(expiresAt + LONGEST_LEEWAY_SECONDS);
          }
        });
      }),
    );
  });

  it('no key is lost, none comes back, and no reservation shrinks', () => {
    const order = ['upcoming', 'active', 'retiring', 'removed', 'revoked'];
    fc.assert(
      fc.property(rings, stories, (ring, story) => {
        tell(ring, story, (world, before) => {
          for (const earlier of before) {
            const later = world.key(earlier.id);
            const [was, is] = [earlier, later].map((row) => order.indexOf(keyState(row)));
            expect(is).toBeGreaterThanOrEqual(was ?? 0);
            expect(later.signsUntil).toBeGreaterThanOrEqual(earlier.signsUntil);
            expect(later.publicJwk).toBe('public');
          }
        });
      }),
    );
  });

  it('a private part is kept exactly as long as it signs, or verifies in HS256', () => {
    fc.assert(
      fc.property(rings, stories, (ring, story) => {
        tell(ring, story, ({ rows }) => {
          for (const row of rows) {
            const signs = ['upcoming', 'active'].includes(keyState(row));
            const verifies = ring !== 'shared' && row.removedAt === null;
            expect(row.sealedPrivate !== '').toBe(signs || verifies);
          }
        });
      }),
    );
  });

  it('time alone lets no key sign that was not published long enough', () => {
    fc.assert(
      fc.property(rings, stories, (ring, story) => {
        tell(ring, story, (world) => {
          const next = upcomingKey(world.rows, ring);
          const possibleAt = publishedLongEnoughAt(world.rows, ring, schedule);
          world.advance();
          if (next !== undefined && world.active.id === next.id) {
            expect(world.now).toBeGreaterThanOrEqual(possibleAt);
          }
        });
      }),
    );
  });

  it('what time brings, it brings once: a second asker changes nothing', () => {
    fc.assert(
      fc.property(rings, stories, (ring, story) => {
        tell(ring, story, (world) => {
          world.advance();
          const again = advanceRing(world.rows, ring, world.now, schedule);
          expect(changesNothing(again)).toBe(true);
        });
      }),
    );
  });
});

describe('a ring that is asked', () => {
  it('in time rotates at each interval', () => {
    const world = new World('shared');
    const seen: string[] = [];
    for (let second = 0; second < 5000; second += 1) {
      world.advance();
      if (seen.at(-1) !== world.active.id) seen.push(world.active.id);
      world.now += 1;
    }
    expect(seen).toHaveLength(5);
  });

  it('after three intervals rotates once', () => {
    const world = new World('shared');
    world.mint(4000);
    const { id } = world.active;
    const next = upcomingKey(world.rows, 'shared')?.id;
    world.now += 3 * schedule.rotationIntervalSeconds + 1;
    world.advance();
    world.advance();
    expect(world.active.id).toBe(next);
    expect(keyState(world.key(id))).toBe('retiring');
    expect(world.rows).toHaveLength(3);
  });

  it('under a clock that was set a year ahead and back goes on within an interval', () => {
    const world = new World('shared');
    world.now += 31_536_000;
    world.advance();
    world.now -= 31_536_000;
    const { id } = world.active;
    world.advance();
    expect(world.active.id).toBe(id);
    world.now += schedule.rotationIntervalSeconds;
    world.advance();
    expect(world.active.id).not.toBe(id);
  });
});

describe('a new active key', () => {
  it('may sign at once what its predecessor ordinarily signed', () => {
    const world = new World('shared');
    world.mint(300);
    world.now += schedule.rotationIntervalSeconds;
    world.mint(300);
    world.advance();
    expect(world.active.signsUntil).toBeGreaterThanOrEqual(world.now + 300);
  });

  it('does not inherit what was out of the ordinary', () => {
    const world = new World('shared');
    world.now += schedule.rotationIntervalSeconds;
    world.mint(4000);
    world.advance();
    expect(world.active.signsUntil).toBe(world.now + 300);
  });
});
