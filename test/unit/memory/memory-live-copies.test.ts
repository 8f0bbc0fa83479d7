import { describe, expect, test } from 'vitest';
import { userKey } from '../../../src/ports/user-record.js';
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

  test('are seen by whoever holds on to their place, as long as they are kept', async () => {
    const clock = new ManualClock();
    const copies = new MemoryLiveCopies({ maxCopies: 2, windowSeconds: 60 }, clock);
    expect(copies.place(userKey(named(1)))).toBeUndefined();
    await copies.put([named(1)]);
    const place = copies.place(userKey(named(1)));
    expect(place).toEqual({ key: userKey(named(1)), copy: named(1) });
    const newer = { ...named(1), version: 2 };
    await copies.put([newer]);
    await copies.put([named(1)]);
    expect(place?.copy).toBe(newer);
    await copies.put([named(2), named(3)]);
    expect(place?.copy).toBeUndefined();
    await copies.put([named(1)]);
    expect(place?.copy).toBeUndefined();
    expect(copies.place(userKey(named(1)))?.copy).toEqual(named(1));
  });

  test('leave their place when they are swept', async () => {
    const clock = new ManualClock();
    const copies = new MemoryLiveCopies({ maxCopies: 2, windowSeconds: 60 }, clock);
    await copies.put([named(1)]);
    const place = copies.place(userKey(named(1)));
    clock.advance(61_000);
    copies.sweep();
    expect(place?.copy).toBeUndefined();
  });
});
