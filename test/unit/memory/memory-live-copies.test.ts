import { describe, expect, test } from 'vitest';
import { MemoryLiveCopies } from '../../../src/stores/memory/memory-live-copies.js';
import { ManualClock } from '../../support/manual-clock.js';
import { userCopy } from '../../support/user-copies.js';

const named = (n: number) => userCopy({ userId: `user-${n}` });

describe('copies in memory', () => {
  test('are never more than was allowed; the least recently used go', async () => {
    const copies = new MemoryLiveCopies({ maxCopies: 3, windowSeconds: 60 }, new ManualClock());
    await copies.put([named(1), named(2), named(3)]);
    await copies.get(named(1));
    await copies.put([named(4)]);
    expect(copies.size).toBe(3);
    expect(await copies.get(named(2))).toBeUndefined();
    expect(await copies.get(named(1))).toEqual(named(1));
  });

  test('past their time are let go by a sweep, the others stay', async () => {
    const clock = new ManualClock();
    const copies = new MemoryLiveCopies({ maxCopies: 10, windowSeconds: 60 }, clock);
    await copies.put([named(1), named(2)]);
    clock.advance(40_000);
    await copies.put([named(3)]);
    clock.advance(21_000);
    copies.sweep();
    expect(copies.size).toBe(1);
    expect(await copies.get(named(3))).toEqual(named(3));
  });

  test('live by the monotonic clock, whatever the wall clock does', async () => {
    const clock = new ManualClock();
    const copies = new MemoryLiveCopies({ maxCopies: 10, windowSeconds: 60 }, clock);
    await copies.put([named(1)]);
    clock.jumpTo(clock.nowMs() + 1_000_000_000);
    expect(await copies.get(named(1))).toEqual(named(1));
  });
});
