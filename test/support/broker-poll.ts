import { setTimeout as sleep } from 'node:timers/promises';

const PAUSE_MS = 5;

/**
 * Asks again and again until the answer is the one wanted, and returns how long that took, in
 * milliseconds. Throws when it has not come within `deadlineMs`.
 */
export async function pollUntil(deadlineMs: number, isSo: () => Promise<boolean>): Promise<number> {
  const start = performance.now();
  while (!(await isSo())) {
    const tookMs = performance.now() - start;
    if (tookMs > deadlineMs) throw new Error(`not so after ${Math.round(tookMs)} ms`);
    await sleep(PAUSE_MS);
  }
  return performance.now() - start;
}
