import { randomInt } from 'node:crypto';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { Chaos } from './chaos.js';
import { faultsOf } from './faults/faults.js';
import { reportOf } from './report.js';

/** `npm run chaos` does the same for as long as you like. */
const SECONDS = 20;

const seed = randomInt(1, 2 ** 31);
let chaos: Chaos;
beforeAll(async () => {
  chaos = await Chaos.open('single', seed);
});
afterAll(() => chaos?.close());

test(`under load, one fault after another, no promise is broken (seed ${seed})`, async () => {
  const load = chaos.load();
  load.start();
  await chaos.sufferFor(SECONDS, faultsOf('single'));
  await load.stop();
  const result = await chaos.conclude();

  onTestFinished(({ task }) => void Object.assign(task.meta, { report: reportOf(result) }));
  expect(result.violations).toEqual([]);
  expect(result.counts.revocations).toBeGreaterThan(10);
}, 120_000);
