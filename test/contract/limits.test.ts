import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { GuessLimit } from '../../src/ports/guess-limiter.port.js';
import { MemoryGuessLimiter } from '../../src/stores/memory/memory-guess-limiter.js';
import { MemoryReplayGuard } from '../../src/stores/memory/memory-replay-guard.js';
import { connectRedis } from '../../src/stores/redis/connect-redis.js';
import { RedisGuessLimiter } from '../../src/stores/redis/redis-guess-limiter.js';
import { RedisReplayGuard } from '../../src/stores/redis/redis-replay-guard.js';
import { LIMIT_ENGINES, type OpenLimits } from '../support/limit-engines.js';
import { ManualClock } from '../support/manual-clock.js';
import { startRedis } from '../support/redis-server.js';

const LIMIT: GuessLimit = { name: 'login', attempts: 5, perSeconds: 60 };
const times = <T>(count: number, work: (index: number) => Promise<T>) =>
  Promise.all(Array.from({ length: count }, (_, index) => work(index)));

describe.each(LIMIT_ENGINES)('tries and uses counted in $name', (engine) => {
  let limits: OpenLimits;
  beforeEach(async () => {
    limits = await engine.open();
  });
  afterEach(() => limits.close());

  const take = (limit: GuessLimit, key: string) => limits.one.guesses.take(limit, key);
  const end = (index: number) => (index % 2 === 0 ? limits.one : limits.other);

  test('so many tries are let through, and each says what is left', async () => {
    for (const remaining of [4, 3, 2, 1, 0]) {
      const count = await take(LIMIT, 'alice');
      expect(count).toMatchObject({ allowed: true, remaining, limit: LIMIT });
      expect(count.resetSeconds).toBeGreaterThan(50);
      expect(count.resetSeconds).toBeLessThanOrEqual(60);
    }
    expect(await take(LIMIT, 'alice')).toMatchObject({ allowed: false, remaining: 0 });
  });

  test('of two hundred at once, on two brokers, exactly so many get through', async () => {
    const counts = await times(200, (index) => end(index).guesses.take(LIMIT, 'alice'));
    expect(counts.filter(({ allowed }) => allowed)).toHaveLength(LIMIT.attempts);
  });

  test('a window that has ended begins anew', async () => {
    await times(9, () => take(LIMIT, 'alice'));
    await limits.pass(59);
    expect((await take(LIMIT, 'alice')).allowed).toBe(false);
    await limits.pass(2);
    expect(await take(LIMIT, 'alice')).toMatchObject({ allowed: true, remaining: 4 });
  });

  test('what is given back may be tried again, and refused tries took nothing', async () => {
    await times(20, () => take(LIMIT, 'alice'));
    await limits.other.guesses.giveBack(LIMIT, 'alice');
    expect((await take(LIMIT, 'alice')).allowed).toBe(true);
    expect((await take(LIMIT, 'alice')).allowed).toBe(false);
  });

  test('nothing is given back that was not taken', async () => {
    await times(9, () => limits.one.guesses.giveBack(LIMIT, 'alice'));
    await take(LIMIT, 'alice');
    await times(9, () => limits.one.guesses.giveBack(LIMIT, 'alice'));
    const counts = await times(9, () => take(LIMIT, 'alice'));
    expect(counts.filter(({ allowed }) => allowed)).toHaveLength(LIMIT.attempts);
  });

  test('limits and keys are apart, whatever characters they hold', async () => {
    const keys = [
      '',
      'alice',
      'alice ',
      'Alice',
      'al\u0000ice',
      '{a}',
      '🦦',
      '\ud800',
      'x'.repeat(5000),
    ];
    for (const key of keys) {
      const counts = await times(6, () => take(LIMIT, key));
      expect(counts.map(({ allowed }) => allowed).filter(Boolean), key).toHaveLength(5);
    }
    expect((await take({ ...LIMIT, name: 'recovery' }, 'alice')).allowed).toBe(true);
  });

  test('of fifty uses of one thing, on two brokers, one is the first', async () => {
    const first = await times(50, (index) => end(index).replays.firstUse('proof', 60));
    expect(first.filter(Boolean)).toHaveLength(1);
    expect(await limits.other.replays.firstUse('another', 60)).toBe(true);
  });

  test('a use is remembered for its time, and no longer', async () => {
    expect(await limits.one.replays.firstUse('proof', 60)).toBe(true);
    await limits.pass(59);
    expect(await limits.one.replays.firstUse('proof', 60)).toBe(false);
    await limits.pass(2);
    expect(await limits.one.replays.firstUse('proof', 60)).toBe(true);
  });
});

describe('memory that is full', () => {
  test('forgets no window that runs, and counts no more until one has ended', async () => {
    const clock = new ManualClock();
    const limiter = new MemoryGuessLimiter(clock, 3);
    for (const key of ['a', 'b', 'c']) await times(5, () => limiter.take(LIMIT, key));
    await expect(limiter.take(LIMIT, 'd')).rejects.toMatchObject({ code: 'limiter_unavailable' });
    expect((await limiter.take(LIMIT, 'a')).allowed).toBe(false);
    clock.advance(60_000);
    expect((await limiter.take(LIMIT, 'd')).allowed).toBe(true);
  });

  test('lets nothing be used again, and takes nothing new', async () => {
    const clock = new ManualClock();
    const guard = new MemoryReplayGuard(clock, 2);
    expect([await guard.firstUse('a', 60), await guard.firstUse('b', 60)]).toEqual([true, true]);
    await expect(guard.firstUse('c', 60)).rejects.toMatchObject({ code: 'limiter_unavailable' });
    expect(await guard.firstUse('a', 60)).toBe(false);
    clock.advance(60_000);
    expect(await guard.firstUse('c', 60)).toBe(true);
  });
});

describe('while Redis can not be reached', () => {
  test.each<['stopped' | 'hung']>([['stopped'], ['hung']])(
    'because it is %s, nothing is let through, and soon',
    async (how) => {
      const server = await startRedis();
      const redis = await connectRedis(server.url, {
        connectWaitMs: 1000,
        report: () => undefined,
      });
      const limiter = new RedisGuessLimiter(redis);
      const guard = new RedisReplayGuard(redis);
      try {
        expect((await limiter.take(LIMIT, 'alice')).allowed).toBe(true);
        if (how === 'stopped') await server.kill();
        else process.kill(server.pid, 'SIGSTOP');
        const beganAt = performance.now();
        for (const asked of [
          limiter.take(LIMIT, 'alice'),
          limiter.giveBack(LIMIT, 'alice'),
          guard.firstUse('proof', 60),
        ]) {
          const error: unknown = await asked.then(
            () => expect.fail('it was let through'),
            (thrown: unknown) => thrown,
          );
          expect(error).toMatchObject({ code: 'limiter_unavailable' });
          expect(String((error as { detail: string }).detail)).not.toMatch(/redis|6379|127\.0/i);
        }
        expect(performance.now() - beganAt).toBeLessThan(3000);
      } finally {
        if (how === 'hung') process.kill(server.pid, 'SIGCONT');
        redis.disconnect();
        await server.stop();
      }
    },
  );
});
