import { describe, expect, test } from 'vitest';
import type { GuessLimit } from '../../../src/ports/guess-limiter.port.js';
import { MemoryGuessLimiter } from '../../../src/stores/memory/memory-guess-limiter.js';
import { ManualClock } from '../../support/manual-clock.js';

const LIMIT: GuessLimit = { name: 'login', attempts: 3, perSeconds: 900 };

function limited(maxWindows: number) {
  const clock = new ManualClock();
  const limiter = new MemoryGuessLimiter(clock, maxWindows);
  const take = async (key: string, times = 1): Promise<boolean[]> => {
    const allowed: boolean[] = [];
    for (let n = 0; n < times; n++) allowed.push((await limiter.take(LIMIT, key)).allowed);
    return allowed;
  };
  return { clock, limiter, take };
}

describe('tries counted in memory', () => {
  test('never take more room than was allowed, however many names are tried', async () => {
    const { limiter, take } = limited(50);
    for (let n = 0; n < 1000; n++) await take(`name ${n}`);
    expect(limiter.size).toBe(50);
  });

  test('are not forgotten for a flood of other names once there was more than one', async () => {
    const { take } = limited(50);
    await take('alice', 3);
    for (let n = 0; n < 1000; n++) await take(`name ${n}`);
    expect(await take('alice')).toEqual([false]);
  });

  test('that are single give way, the oldest first', async () => {
    const { limiter, take } = limited(3);
    for (const name of ['a', 'b', 'c', 'd']) await take(name);
    expect(await limiter.take(LIMIT, 'b')).toMatchObject({ remaining: 1 });
    expect(await limiter.take(LIMIT, 'a')).toMatchObject({ remaining: 2 });
  });

  test('fail closed for new names when all room is taken by repeated ones', async () => {
    const { clock, take } = limited(2);
    await take('a', 2);
    await take('b', 2);
    await expect(take('c')).rejects.toMatchObject({ code: 'limiter_unavailable' });
    expect(await take('a', 2)).toEqual([true, false]);
    clock.advance(900_000);
    expect(await take('c')).toEqual([true]);
  });

  test('take no room when they were given back', async () => {
    const { limiter } = limited(10);
    const counts = [await limiter.take(LIMIT, 'a'), await limiter.take(LIMIT, 'a')];
    for (const count of counts) await limiter.giveBack(count, 'a');
    expect(limiter.size).toBe(0);
  });

  test('whose time is over are let go by a sweep, the others stay', async () => {
    const { clock, limiter, take } = limited(10);
    await take('a');
    await take('b', 2);
    clock.advance(600_000);
    await take('c', 3);
    clock.advance(300_000);
    limiter.sweep();
    expect(limiter.size).toBe(1);
    expect(await take('c')).toEqual([false]);
  });

  test('are looked through once a second at most, while newcomers knock', async () => {
    const { clock, take } = limited(1);
    const FULL = { code: 'limiter_unavailable' };
    await take('a', 2);
    clock.advance(899_500);
    await expect(take('b')).rejects.toMatchObject(FULL);
    clock.advance(500);
    await expect(take('b')).rejects.toMatchObject(FULL);
    clock.advance(500);
    expect(await take('b')).toEqual([true]);
  });

  test('are counted anew in their place, however full it is', async () => {
    const { clock, take } = limited(2);
    await take('a', 2);
    clock.advance(899_500);
    await take('b', 2);
    await expect(take('c')).rejects.toMatchObject({ code: 'limiter_unavailable' });
    clock.advance(500);
    expect(await take('a', 4)).toEqual([true, true, true, false]);
  });

  test('last for years where the settings say so, whatever the wall clock does', async () => {
    const { clock, limiter } = limited(10);
    const long = { ...LIMIT, attempts: 1, perSeconds: 315_360_000 };
    await limiter.take(long, 'a');
    clock.advance(315_359_999_000);
    clock.jumpTo(4_000_000_000_000);
    expect(await limiter.take(long, 'a')).toMatchObject({ allowed: false, resetSeconds: 1 });
  });
});
