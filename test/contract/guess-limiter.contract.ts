import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { GuessCount, GuessLimit } from '../../src/ports/guess-limiter.port.js';
import type { LiveStateEngine, OpenGuessLimiter } from '../support/live-state-engines.js';
import { ODD_KEYS } from './odd-keys.js';

const LIMIT: GuessLimit = { name: 'login', attempts: 5, perSeconds: 60 };
/** On a busy machine some of it has passed. */
const A_MINUTE = expect.closeTo(60, -1) as number;
const FULL = { limit: LIMIT, resetSeconds: A_MINUTE, endsAtMs: expect.any(Number) as number };

/** What every engine of GuessLimiter keeps to. */
export function guessLimiterContract(engine: LiveStateEngine): void {
  describe(`tries counted in ${engine.name}`, () => {
    let open: OpenGuessLimiter;
    beforeEach(async () => {
      open = await engine.openGuesses();
    });
    afterEach(() => open.close());

    async function takes(times: number, key = 'alice', limit = LIMIT): Promise<boolean[]> {
      const allowed: boolean[] = [];
      for (let n = 0; n < times; n++) allowed.push((await open.one.take(limit, key)).allowed);
      return allowed;
    }

    test('are let through until there are as many as may be, and tell how many are left', async () => {
      for (const remaining of [4, 3, 2, 1, 0]) {
        const count = await open.one.take(LIMIT, 'alice');
        expect(count).toEqual({ ...FULL, allowed: true, remaining });
      }
      const over = await open.one.take(LIMIT, 'alice');
      expect(over).toEqual({ ...FULL, allowed: false, remaining: 0 });
    });

    test('are as many as may be, and not one more, of 200 at once from two brokers', async () => {
      for (const attempts of [1, 100]) {
        const limit = { ...LIMIT, attempts };
        const counts = await Promise.all(
          Array.from({ length: 200 }, (_, n) =>
            (n % 2 === 0 ? open.one : open.other).take(limit, `at once ${attempts}`),
          ),
        );
        const allowed = counts.filter((count) => count.allowed);
        expect(allowed).toHaveLength(attempts);
        const remaining = allowed.map((count) => count.remaining).sort((a, b) => a - b);
        expect(remaining).toEqual(Array.from({ length: attempts }, (_, n) => n));
      }
    });

    test('are all there again when the window is over, and not before', async () => {
      await takes(5);
      await open.pass(58);
      const late = await open.other.take(LIMIT, 'alice');
      expect(late.allowed).toBe(false);
      expect(late.resetSeconds).toBeGreaterThanOrEqual(1);
      expect(late.resetSeconds).toBeLessThanOrEqual(2);
      await open.pass(3);
      expect(await open.other.take(LIMIT, 'alice')).toMatchObject({
        allowed: true,
        remaining: 4,
        resetSeconds: A_MINUTE,
      });
    });

    test('do not make the window longer, let through or refused', async () => {
      await takes(1);
      await open.pass(30);
      await takes(10);
      await open.pass(31);
      expect(await takes(6)).toEqual([true, true, true, true, true, false]);
    });

    async function taken(times: number): Promise<GuessCount[]> {
      const counts: GuessCount[] = [];
      for (let n = 0; n < times; n++) counts.push(await open.one.take(LIMIT, 'alice'));
      return counts;
    }

    test('that are given back may be made again', async () => {
      const [first, second] = await taken(5);
      await open.other.giveBack(first!, 'alice');
      await open.one.giveBack(second!, 'alice');
      expect(await takes(3)).toEqual([true, true, false]);
    });

    test('that were refused do not count: one that is given back is one that may be made', async () => {
      const [first] = await taken(25);
      await open.one.giveBack(first!, 'alice');
      expect(await takes(2)).toEqual([true, false]);
    });

    test('that were refused are not given back', async () => {
      const refused = (await taken(6)).at(-1)!;
      for (let n = 0; n < 5; n++) await open.one.giveBack(refused, 'alice');
      expect(await takes(1)).toEqual([false]);
    });

    test('are never fewer than none, however many are given back', async () => {
      const counts = await taken(2);
      for (let n = 0; n < 10; n++) await open.one.giveBack(counts[n % 2]!, 'alice');
      expect(await takes(6)).toEqual([true, true, true, true, true, false]);
    });

    test('that are given back to nobody begin no window', async () => {
      const [mine] = await taken(1);
      await open.one.giveBack(mine!, 'bob');
      await open.pass(30);
      expect(await open.one.take(LIMIT, 'bob')).toMatchObject({
        remaining: 4,
        resetSeconds: A_MINUTE,
      });
    });

    test('that are given back after their window begin no other', async () => {
      const [first] = await taken(5);
      await open.pass(61);
      await open.one.giveBack(first!, 'alice');
      await open.pass(30);
      expect(await open.one.take(LIMIT, 'alice')).toMatchObject({
        remaining: 4,
        resetSeconds: A_MINUTE,
      });
    });

    test('of a window that has ended take nothing off the one that runs', async () => {
      const old = await taken(5);
      await open.pass(61);
      await takes(5);
      for (const count of old) await open.one.giveBack(count, 'alice');
      expect(await takes(1)).toEqual([false]);
      await open.pass(40);
      for (const count of old) await open.other.giveBack(count, 'alice');
      expect(await takes(1)).toEqual([false]);
    });

    test('end up right when they are taken and given back at once', async () => {
      const limit = { ...LIMIT, attempts: 100 };
      await Promise.all(
        Array.from({ length: 100 }, async (_, n) => {
          const [mine, others] = n % 2 === 0 ? [open.one, open.other] : [open.other, open.one];
          const count = await mine.take(limit, 'both');
          expect(count.allowed).toBe(true);
          if (n % 4 !== 0) await others.giveBack(count, 'both');
        }),
      );
      expect((await open.one.take(limit, 'both')).remaining).toBe(100 - 25 - 1);
    });

    test('whatever the order of tries, givings back and time, never exceed the limit', async () => {
      let run = 0;
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
          const key = `run ${++run}`;
          const model = new PlainCount(LIMIT);
          const outstanding: GuessCount[] = [];
          for (const now of steps) {
            if (now.act === 'pass') {
              await open.pass(now.seconds);
              model.pass(now.seconds);
            } else if (now.act === 'take') {
              const count = await open.one.take(LIMIT, key);
              expect(count.allowed).toBe(model.take(count));
              if (count.allowed) outstanding.push(count);
            } else {
              const [count] = outstanding.splice(now.nth % Math.max(1, outstanding.length), 1);
              if (count === undefined) continue;
              await open.one.giveBack(count, key);
              model.giveBack(count);
            }
          }
        }),
        { numRuns: 30 },
      );
    });

    test('are apart by the name of the limit and by the key', async () => {
      await takes(5);
      expect(await takes(1, 'alice', { ...LIMIT, name: 'register' })).toEqual([true]);
      expect(await takes(1, 'Alice')).toEqual([true]);
      expect(await takes(1, 'b c', { ...LIMIT, name: 'a', attempts: 1 })).toEqual([true]);
      expect(await takes(1, 'c', { ...LIMIT, name: 'a b', attempts: 1 })).toEqual([true]);
      expect(await takes(1, 'b:c', { ...LIMIT, name: 'a', attempts: 1 })).toEqual([true]);
      expect(await takes(1, 'c', { ...LIMIT, name: 'a:b', attempts: 1 })).toEqual([true]);
    });

    test('are apart for keys that hold anything', async () => {
      const limit = { ...LIMIT, attempts: 1 };
      for (const key of ODD_KEYS) {
        expect((await open.one.take(limit, key)).allowed, JSON.stringify(key)).toBe(true);
      }
      for (const key of ODD_KEYS) {
        expect((await open.other.take(limit, key)).allowed, JSON.stringify(key)).toBe(false);
      }
    });

    test('are judged by the limit of now where it was changed', async () => {
      await takes(4);
      const lower = { ...LIMIT, attempts: 2 };
      expect(await open.one.take(lower, 'alice')).toMatchObject({ allowed: false, remaining: 0 });
      const higher = { ...LIMIT, attempts: 6 };
      expect(await open.one.take(higher, 'alice')).toMatchObject({ allowed: true, remaining: 1 });
    });
  });
}

const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ act: fc.constant('take' as const) }) },
  { weight: 3, arbitrary: fc.record({ act: fc.constant('giveBack' as const), nth: fc.nat(40) }) },
  {
    weight: 1,
    // In steps of five seconds: on a busy machine some time passes besides.
    arbitrary: fc.record({
      act: fc.constant('pass' as const),
      seconds: fc.integer({ min: 1, max: 15 }).map((n) => 5 * n),
    }),
  },
);

/** The same in the plainest way, in whole seconds. */
class PlainCount {
  #now = 0;
  #endsAt = 0;
  readonly #counted = new Set<GuessCount>();

  constructor(private readonly limit: GuessLimit) {}

  pass(seconds: number): void {
    this.#now += seconds;
  }

  take(count: GuessCount): boolean {
    if (this.#now >= this.#endsAt || this.#counted.size === 0) {
      this.#counted.clear();
      this.#endsAt = this.#now + this.limit.perSeconds;
    }
    if (this.#counted.size >= this.limit.attempts) return false;
    this.#counted.add(count);
    return true;
  }

  giveBack(count: GuessCount): void {
    this.#counted.delete(count);
  }
}
