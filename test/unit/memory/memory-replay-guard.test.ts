import { describe, expect, test } from 'vitest';
import { MemoryReplayGuard } from '../../../src/stores/memory/memory-replay-guard.js';
import { ManualClock } from '../../support/manual-clock.js';

const FULL = { code: 'limiter_unavailable' };

async function full() {
  const clock = new ManualClock();
  const guard = new MemoryReplayGuard(clock, 3);
  for (const key of ['a', 'b', 'c']) await guard.firstUse(key, 60);
  return { clock, guard };
}

describe('uses remembered in memory', () => {
  test('are not forgotten for newcomers: those are refused', async () => {
    const { guard } = await full();
    await expect(guard.firstUse('d', 60)).rejects.toMatchObject(FULL);
    expect(guard.size).toBe(3);
    for (const key of ['a', 'b', 'c']) expect(await guard.firstUse(key, 60)).toBe(false);
  });

  test('make room when their time is over, though nobody sweeps', async () => {
    const { clock, guard } = await full();
    await expect(guard.firstUse('d', 60)).rejects.toMatchObject(FULL);
    clock.advance(60_000);
    expect(await guard.firstUse('d', 60)).toBe(true);
    expect(guard.size).toBe(1);
  });

  test('are remembered anew in their place, however full it is', async () => {
    const { clock, guard } = await full();
    clock.advance(59_500);
    await expect(guard.firstUse('d', 60)).rejects.toMatchObject(FULL);
    clock.advance(500);
    expect(await guard.firstUse('a', 60)).toBe(true);
    expect(await guard.firstUse('a', 60)).toBe(false);
  });

  test('are let go by a sweep when their time is over, the others stay', async () => {
    const { clock, guard } = await full();
    await guard.firstUse('a', 60);
    clock.advance(60_000);
    await guard.firstUse('a', 60);
    guard.sweep();
    expect(guard.size).toBe(1);
    expect(await guard.firstUse('a', 60)).toBe(false);
  });

  test('live by the monotonic clock, whatever the wall clock does', async () => {
    const { clock, guard } = await full();
    clock.jumpTo(clock.nowMs() + 1_000_000_000);
    expect(await guard.firstUse('a', 60)).toBe(false);
  });
});
