import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Guessing } from '../../../src/business-auth/guessing/guessing.js';
import { MemoryGuessLimiter } from '../../../src/stores/memory/memory-guess-limiter.js';
import { load } from '../config/given-sources.js';
import { ManualClock } from '../../support/manual-clock.js';

const LIMITS = {
  ...load().rateLimits,
  loginPerAccount: { attempts: 3, perSeconds: 60 },
  loginPerAddress: { attempts: 5, perSeconds: 60 },
};

const NAMES = ['alice', 'bob'] as const;
const ADDRESSES = ['192.0.2.1', '192.0.2.2', '192.0.2.3'] as const;

/** One who tries: to log in somewhere as somebody, rightly or not, taking a while. */
const attempt = fc.record({
  nameKey: fc.constantFrom(...NAMES),
  address: fc.constantFrom(...ADDRESSES),
  knownDevice: fc.constantFrom('', '', 'phone'),
  right: fc.boolean(),
  atMs: fc.integer({ min: 0, max: 200_000 }),
  takesMs: fc.integer({ min: 0, max: 90_000 }),
});

type Attempt = typeof attempt extends fc.Arbitrary<infer A> ? A : never;

interface WrongTry {
  readonly of: Attempt;
  readonly atMs: number;
}

/** Plays the attempts, each begun and ended at its time; returns those that were wrong and let through. */
async function play(attempts: readonly Attempt[]): Promise<WrongTry[]> {
  const clock = new ManualClock();
  const guessing = new Guessing(new MemoryGuessLimiter(clock), LIMITS);
  const wrong: WrongTry[] = [];
  const events = attempts.flatMap((of, n) => {
    const call = { succeeded: async () => {} };
    const begin = async (): Promise<void> => {
      const { appId, nameKey, address, knownDevice } = { appId: 'default', ...of };
      const tries = await guessing
        .login({ appId, nameKey, address, knownDevice })
        .catch(() => undefined);
      if (tries !== undefined && !of.right) wrong.push({ of, atMs: clock.monotonicMs() });
      if (tries !== undefined && of.right) call.succeeded = () => tries.succeeded();
    };
    return [
      { atMs: of.atMs, n, act: begin },
      { atMs: of.atMs + of.takesMs, n, act: () => call.succeeded() },
    ];
  });
  for (const { atMs, act } of events.sort((a, b) => a.atMs - b.atMs || a.n - b.n)) {
    clock.advance(atMs - clock.monotonicMs());
    await act();
  }
  return wrong;
}

/** The most of them within any window that begins with one of them. */
function mostWithin(tries: readonly WrongTry[], windowMs: number): number {
  // A window may begin with a try that was given back: then its end lies inside of ours.
  return Math.max(
    0,
    ...tries.map(({ atMs }) => {
      const inside = tries.filter((one) => one.atMs >= atMs && one.atMs < atMs + windowMs);
      return inside.length;
    }),
  );
}

describe('guessing', () => {
  it('lets no more wrong tries through than two windows that touch may have, whatever else goes on', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(attempt, { minLength: 20, maxLength: 80 }), async (attempts) => {
        const wrong = await play(attempts);
        for (const name of NAMES) {
          for (const device of ['', 'phone']) {
            const of = wrong.filter(
              (one) => one.of.nameKey === name && one.of.knownDevice === device,
            );
            expect(mostWithin(of, 60_000)).toBeLessThanOrEqual(2 * 3);
          }
        }
        for (const address of ADDRESSES) {
          const from = wrong.filter((one) => one.of.address === address);
          expect(mostWithin(from, 60_000)).toBeLessThanOrEqual(2 * 5);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('lets no more failed tries through within a window, in whatever order they come', async () => {
    const failed = attempt.map((one) => ({ ...one, right: false, atMs: one.atMs % 60_000 }));
    await fc.assert(
      fc.asyncProperty(fc.array(failed, { minLength: 20, maxLength: 80 }), async (attempts) => {
        // All begin within one window, which begins with the first.
        const begin = Math.min(...attempts.map(({ atMs }) => atMs));
        const wrong = await play(attempts.map((one) => ({ ...one, atMs: one.atMs - begin })));
        for (const address of ADDRESSES) {
          expect(wrong.filter((one) => one.of.address === address).length).toBeLessThanOrEqual(5);
        }
        for (const nameKey of NAMES) {
          for (const knownDevice of ['', 'phone']) {
            const of = wrong.filter(
              (one) => one.of.nameKey === nameKey && one.of.knownDevice === knownDevice,
            );
            expect(of.length).toBeLessThanOrEqual(3);
          }
        }
      }),
      { numRuns: 200 },
    );
  });
});
