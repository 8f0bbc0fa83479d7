import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Guessing, type LimitedCall } from '../../../../src/business-auth/guessing/guessing.js';
import { BrokerError } from '../../../../src/common/errors.js';
import { MemoryGuessLimiter } from '../../../../src/stores/memory/memory-guess-limiter.js';
import { load } from '../../config/given-sources.js';
import { ManualClock } from '../../../support/manual-clock.js';

const ACCOUNT = { attempts: 3, perSeconds: 60 };
const ADDRESS = { attempts: 5, perSeconds: 90 };
const LIMITS = { ...load().rateLimits, loginPerAccount: ACCOUNT, loginPerAddress: ADDRESS };

type Step =
  | { readonly kind: 'begin'; readonly at: string; readonly of: string; readonly device: string }
  | { readonly kind: 'end'; readonly which: number; readonly right: boolean }
  | { readonly kind: 'pass'; readonly seconds: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('begin' as const),
      at: fc.constantFrom('192.0.2.1', '192.0.2.2'),
      of: fc.constantFrom('alice', 'bob'),
      device: fc.constantFrom('', '', 'known'),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('end' as const),
      which: fc.nat(),
      right: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('pass' as const),
      seconds: fc.integer({ min: 1, max: 70 }),
    }),
  },
);

/** A fixed window that begins with the first try, as simply as can be said. */
class Window {
  #endsAt = -1;
  #number = 0;
  count = 0;
  failed = 0;

  constructor(private readonly limit: typeof ACCOUNT) {}

  look(now: number): this {
    if (now < this.#endsAt) return this;
    [this.count, this.failed] = [0, 0];
    return this;
  }

  get isFull(): boolean {
    return this.count >= this.limit.attempts;
  }

  take(now: number): number {
    if (now >= this.#endsAt) {
      this.#endsAt = now + this.limit.perSeconds;
      this.#number += 1;
    }
    this.count += 1;
    return this.#number;
  }

  end(now: number, number: number, right: boolean): void {
    this.look(now);
    const isItsOwn = now < this.#endsAt && number === this.#number;
    // What is given back when its window has ended is given back to nobody.
    if (!isItsOwn) return;
    if (!right) this.failed += 1;
    else if ((this.count -= 1) === 0) this.#endsAt = -1;
  }

  get isKept(): boolean {
    return this.failed <= this.limit.attempts;
  }
}

describe('guessing', () => {
  test('never gets more wrong tries through than the limits say, in whatever order', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 120 }), async (steps) => {
        const clock = new ManualClock();
        const guessing = new Guessing(new MemoryGuessLimiter(clock), LIMITS);
        const windows = new Map<string, Window>();
        const windowOf = (key: string, limit: typeof ACCOUNT) => {
          const window = windows.get(key) ?? new Window(limit);
          windows.set(key, window);
          return window.look(now);
        };
        const open: { call: LimitedCall; taken: (readonly [Window, number])[] }[] = [];
        let now = 0;
        for (const each of steps) {
          if (each.kind === 'pass') {
            now += each.seconds;
            clock.advance(each.seconds * 1000);
          } else if (each.kind === 'begin') {
            const { at, of, device } = each;
            const both = [
              windowOf(`address ${at}`, ADDRESS),
              windowOf(`account ${of} ${device}`, ACCOUNT),
            ];
            const asked = { appId: 'default', nameKey: of, address: at, knownDevice: device };
            const call = await guessing.login(asked).catch((error: unknown) => error);
            expect(call instanceof BrokerError).toBe(both.some((window) => window.isFull));
            // Refused for the account, the call has begun the address's window all the same.
            if (call instanceof BrokerError) {
              if (both[0]?.isFull === false) both[0].end(now, both[0].take(now), true);
              continue;
            }
            const taken = both.map((window) => [window, window.take(now)] as const);
            open.push({ call: call as LimitedCall, taken });
          } else if (open.length > 0) {
            const [ended] = open.splice(each.which % open.length, 1);
            if (each.right) await ended?.call.succeeded();
            for (const [window, number] of ended?.taken ?? []) {
              window.end(now, number, each.right);
            }
          }
          expect([...windows.values()].every((window) => window.isKept)).toBe(true);
        }
      }),
      { numRuns: 300 },
    );
  });
});
