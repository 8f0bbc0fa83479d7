import { describe, expect, test } from 'vitest';
import { MemoryGuessLimiter } from '../../../src/stores/memory/memory-guess-limiter.js';
import { ManualClock } from '../../support/manual-clock.js';

const LIMIT = { name: 'login', attempts: 2, perSeconds: 60 };
const FULL = { code: 'limiter_unavailable' };

async function full(keys = 3) {
  const clock = new ManualClock();
  const limiter = new MemoryGuessLimiter(clock, keys);
  for (let n = 0; n < keys; n++) await limiter.take(LIMIT, `key-${n}`);
  return { clock, limiter };
}

describe('tries counted in memory', () => {
  test('of one key too many are refused, for nobody may fill it to be forgotten', async () => {
    const { limiter } = await full();
    await expect(limiter.take(LIMIT, 'newcomer')).rejects.toMatchObject(FULL);
    await expect(limiter.take(LIMIT, 'newcomer')).rejects.toMatchObject(FULL);
    expect(limiter.size).toBe(3);
    expect(await limiter.take(LIMIT, 'key-0')).toMatchObject({ allowed: true, remaining: 0 });
    expect(await limiter.take(LIMIT, 'key-0')).toMatchObject({ allowed: false });
  });

  test('find room again when windows have ended, though nobody sweeps', async () => {
    const { clock, limiter } = await full();
    await expect(limiter.take(LIMIT, 'newcomer')).rejects.toMatchObject(FULL);
    clock.advance(60_000);
    expect(await limiter.take(LIMIT, 'newcomer')).toMatchObject({ allowed: true, remaining: 1 });
    expect(limiter.size).toBe(1);
  });

  test('are counted anew in their place, however full it is', async () => {
    const { clock, limiter } = await full();
    await limiter.take(LIMIT, 'key-0');
    clock.advance(59_000);
    await expect(limiter.take(LIMIT, 'newcomer')).rejects.toMatchObject(FULL);
    clock.advance(1000);
    expect(await limiter.take(LIMIT, 'key-0')).toMatchObject({ allowed: true, remaining: 1 });
  });

  test('are looked through once a second at most, while newcomers knock', async () => {
    const { clock, limiter } = await full();
    clock.advance(59_500);
    await expect(limiter.take(LIMIT, 'newcomer')).rejects.toMatchObject(FULL);
    clock.advance(500);
    await expect(limiter.take(LIMIT, 'newcomer')).rejects.toMatchObject(FULL);
    clock.advance(500);
    expect(await limiter.take(LIMIT, 'newcomer')).toMatchObject({ allowed: true });
  });

  test('are let go by a sweep when their window has ended, the others stay', async () => {
    const { clock, limiter } = await full(2);
    clock.advance(30_000);
    await limiter.giveBack(LIMIT, 'key-1');
    clock.advance(29_999);
    limiter.sweep();
    expect(limiter.size).toBe(2);
    clock.advance(1);
    await limiter.take(LIMIT, 'key-1');
    limiter.sweep();
    expect(limiter.size).toBe(1);
    expect(await limiter.take(LIMIT, 'key-1')).toMatchObject({ remaining: 0 });
  });

  test('live by the monotonic clock, whatever the wall clock does', async () => {
    const { clock, limiter } = await full();
    await limiter.take(LIMIT, 'key-0');
    clock.jumpTo(clock.nowMs() + 1_000_000_000);
    expect(await limiter.take(LIMIT, 'key-0')).toMatchObject({ allowed: false, resetSeconds: 60 });
  });
});
