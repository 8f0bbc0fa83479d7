import { afterEach, beforeEach, expect, test } from 'vitest';
import { StallWatch } from '../../../src/ledger/stall-watch.js';
import { ManualClock } from '../../support/manual-clock.js';

let clock: ManualClock;
let watch: StallWatch;
beforeEach(() => {
  clock = new ManualClock();
  watch = new StallWatch(clock);
  watch.start();
});
afterEach(() => watch.stop());

const beats = () => new Promise((resolve) => setTimeout(resolve, 150));

test('a process that runs has not stalled', async () => {
  const began = clock.monotonicMs();
  for (let n = 0; n < 3; n += 1) {
    clock.advance(100);
    await beats();
  }
  expect(watch.isStalled()).toBe(false);
  expect(watch.stalledSince(began)).toBe(false);
});

test('one that stood still shows it before its timers have run, and afterwards', async () => {
  const began = clock.monotonicMs();
  clock.advance(5000);
  expect(watch.isStalled()).toBe(true);
  expect(watch.stalledSince(began)).toBe(true);
  await beats();
  expect(watch.isStalled()).toBe(false);
  expect(watch.stalledSince(began)).toBe(true);
  clock.advance(1);
  expect(watch.stalledSince(clock.monotonicMs())).toBe(false);
});
