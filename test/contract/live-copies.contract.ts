import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { UserCopy } from '../../src/ports/user-record.js';
import type { LiveStateEngine, OpenLiveCopies } from '../support/live-state-engines.js';
import { anyCopy, sessionId, userCopy } from '../support/user-copies.js';

const WINDOW_SECONDS = 900;
const user = { appId: 'default', userId: 'user-1' };

/** What every engine of LiveCopies keeps to. */
export function liveCopiesContract(engine: LiveStateEngine): void {
  describe(`live copies in ${engine.name}`, () => {
    let open: OpenLiveCopies;
    beforeEach(async () => {
      open = await engine.openCopies(WINDOW_SECONDS);
    });
    afterEach(() => open.close());

    test('a user who has no copy has none', async () => {
      expect(await open.copies.get(user)).toBeUndefined();
    });

    test('putting nothing does nothing', async () => {
      await expect(open.copies.put([])).resolves.toBeUndefined();
    });

    test('a copy comes back as it was put', async () => {
      const copy = userCopy({
        version: 7,
        position: Number.MAX_SAFE_INTEGER,
        status: 'suspended',
        role: 'night watch; "Ünïcode" 👩‍🚒 \u2028 ,:!{}',
        working: new Map([
          [sessionId(1), 0],
          [sessionId(2), 3],
        ]),
        denied: new Map([
          [sessionId(3), 'revoked'],
          [sessionId(4), 'kicked'],
          [sessionId(5), 'replaced'],
          [sessionId(6), 'business_session_ended'],
        ]),
      });
      await open.copies.put([copy]);
      expect(await open.copies.get(user)).toEqual(copy);
    });

    test('any copy comes back as it was put', async () => {
      await fc.assert(
        fc.asyncProperty(anyCopy, async (copy) => {
          const own = await engine.openCopies(WINDOW_SECONDS);
          try {
            await own.copies.put([copy]);
            expect(await own.copies.get(copy)).toEqual(copy);
          } finally {
            await own.close();
          }
        }),
        { numRuns: 25 },
      );
    });

    test('330 sessions of one user fit', async () => {
      const ids = Array.from({ length: 330 }, (_, n) => sessionId(n));
      const copy = userCopy({
        working: new Map(ids.slice(0, 200).map((id, n) => [id, n])),
        denied: new Map(ids.slice(200).map((id) => [id, 'revoked'])),
      });
      await open.copies.put([copy]);
      expect(await open.copies.get(user)).toEqual(copy);
    });

    test.each([
      ['incarnation', { incarnation: 2, version: 1, position: 1 }, { version: 9, position: 9 }],
      ['version', { version: 3, position: 1 }, { version: 2, position: 9 }],
      ['position', { version: 2, position: 36 }, { version: 2, position: 35 }],
      ['version with more digits', { version: 36 }, { version: 35 }],
      ['largest version', { version: 2 ** 53 - 1 }, { version: 2 ** 53 - 2 }],
      ['largest position', { position: 2 ** 53 - 1 }, { position: 2 ** 53 - 2 }],
    ])('the copy with the newer %s stays, whichever came first', async (_, newer, older) => {
      const kept = userCopy({ ...newer, role: 'newer' });
      await open.copies.put([kept]);
      await open.copies.put([userCopy({ ...older, role: 'older' })]);
      expect(await open.copies.get(user)).toEqual(kept);
      const other = { ...user, userId: 'user-2' };
      await open.copies.put([userCopy({ ...other, ...older, role: 'older' })]);
      await open.copies.put([userCopy({ ...other, ...newer, role: 'newer' })]);
      expect(await open.copies.get(other)).toMatchObject({ role: 'newer' });
    });

    test('whatever the order and however often they are put, the newest stays', async () => {
      const stamp = fc.record({
        incarnation: fc.integer({ min: 1, max: 3 }),
        version: fc.integer({ min: 1, max: 40 }),
        position: fc.integer({ min: 1, max: 40 }),
      });
      const puts = fc.array(stamp, { minLength: 1, maxLength: 12 }).chain((stamps) =>
        fc.record({
          stamps: fc.constant(stamps),
          again: fc.shuffledSubarray(stamps),
          together: fc.boolean(),
        }),
      );
      let n = 0;
      await fc.assert(
        fc.asyncProperty(puts, async ({ stamps, again, together }) => {
          const ref = { ...user, userId: `user-${++n}` };
          const copies = [...stamps, ...again].map((s) =>
            userCopy({ ...ref, ...s, role: nameOf(s) }),
          );
          if (together) await open.copies.put(copies);
          else for (const copy of copies) await open.copies.put([copy]);
          const newest = [...stamps].sort(byAge).at(-1);
          expect(await open.copies.get(ref)).toMatchObject({
            ...newest,
            role: newest && nameOf(newest),
          });
        }),
        { numRuns: 60 },
      );
    });

    test('of a hundred concurrent puts the newest stays', async () => {
      const versions = Array.from({ length: 100 }, (_, n) => ((n * 37) % 100) + 1);
      await Promise.all(versions.map((version) => open.copies.put([userCopy({ version })])));
      expect(await open.copies.get(user)).toMatchObject({ version: 100 });
    });

    test('a batch keeps each of its users', async () => {
      const copies = Array.from({ length: 300 }, (_, n) =>
        userCopy({ userId: `user-${n}`, version: n + 1 }),
      );
      await open.copies.put(copies);
      const kept = await Promise.all(copies.map((copy) => open.copies.get(copy)));
      expect(kept).toEqual(copies);
    });

    test('no user gets the copy of another, whatever the ids', async () => {
      const copies = ADVERSARIAL_IDS.map(([appId, userId], n) =>
        userCopy({ appId, userId, role: `role ${n}` }),
      );
      for (const copy of copies) {
        expect(await open.copies.get(copy)).toBeUndefined();
        await open.copies.put([copy]);
      }
      for (const copy of copies) expect(await open.copies.get(copy)).toEqual(copy);
    });

    test('a copy vanishes when the window is over, not before', async () => {
      await open.copies.put([userCopy()]);
      await open.pass(WINDOW_SECONDS - 10);
      expect(await open.copies.get(user)).toEqual(userCopy());
      await open.pass(11);
      expect(await open.copies.get(user)).toBeUndefined();
    });

    test('reading a copy does not prolong it, a newer one begins its own time', async () => {
      await open.copies.put([userCopy(), userCopy({ userId: 'user-2' })]);
      await open.pass(600);
      await open.copies.get(user);
      await open.copies.put([userCopy({ userId: 'user-2', position: 2 })]);
      await open.pass(600);
      expect(await open.copies.get(user)).toBeUndefined();
      expect(await open.copies.get({ ...user, userId: 'user-2' })).toMatchObject({ position: 2 });
    });

    test('after a copy has vanished an older one may be put', async () => {
      await open.copies.put([userCopy({ version: 5 })]);
      await open.pass(WINDOW_SECONDS + 1);
      await open.copies.put([userCopy({ version: 4 })]);
      expect(await open.copies.get(user)).toMatchObject({ version: 4 });
    });
  });
}

type Stamp = Pick<UserCopy, 'incarnation' | 'version' | 'position'>;

function nameOf(stamp: Stamp): string {
  return `${stamp.incarnation}/${stamp.version}/${stamp.position}`;
}

function byAge(a: Stamp, b: Stamp): number {
  return a.incarnation - b.incarnation || a.version - b.version || a.position - b.position;
}

const ADVERSARIAL_IDS: readonly (readonly [string, string])[] = [
  ['a', 'bc'],
  ['ab', 'c'],
  ['abc', ''],
  ['1', ':a'],
  ['1:a', 'b'],
  ['1', ':ab'],
  ['a{b}', 'c'],
  ['a', '{b}c'],
  ['a', '}'],
  ['a', '}{'],
  ['a', '{}'],
  ['{}', 'a'],
  ['default', '__proto__'],
  ['__proto__', 'default'],
  ['default', 'constructor'],
  ['default', '👩‍🚒'],
  ['default', '👩'],
  ['default', 'e\u0301'],
  ['default', '\u00e9'],
  ['default', '\ud800'],
  ['default', '\ud801'],
  ['default', '\ufffd'],
  ['default', 'User'],
  ['default', 'user'],
  ['default', 'user '],
  ['default', 'x'.repeat(64)],
  ['default', 'x'.repeat(63)],
  ['y'.repeat(64), 'x'.repeat(64)],
  ['!', '00:'],
];
