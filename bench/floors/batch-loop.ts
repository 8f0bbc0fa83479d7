import type { LoadResult } from '../load/run-load.js';
import { userIdOf } from '../load/request.js';
import { BATCH_SIZE } from '../load/scenarios.js';
import { floorRow, type RowCommits } from './row-commits.js';
import type { FloorTokens } from './signing.js';

const LIFETIME_SECONDS = 3600;

/** The floor of a batch mint: loops that only group-commit a thousand rows and sign for them. */
export async function batchLoop(
  commits: RowCommits,
  tokens: FloorTokens,
  seconds: number,
  loops: number,
): Promise<LoadResult> {
  const times: number[] = [];
  const began = performance.now();
  const deadline = began + seconds * 1000;
  const one = async (): Promise<void> => {
    while (performance.now() < deadline) {
      const from = performance.now();
      const rows = Array.from({ length: BATCH_SIZE }, (_, index) =>
        floorRow(userIdOf('member', index), LIFETIME_SECONDS),
      );
      await commits.submit(...rows);
      await Promise.all(
        rows.map(({ userId, sessionId }) => tokens.sign(userId, sessionId, LIFETIME_SECONDS)),
      );
      times.push(performance.now() - from);
    }
  };
  await Promise.all(Array.from({ length: loops }, one));
  const taken = (performance.now() - began) / 1000;
  times.sort((a, b) => a - b);
  return {
    operations: times.length * BATCH_SIZE,
    seconds: taken,
    p50: times[Math.floor(times.length * 0.5)] ?? Number.NaN,
    p99: times[Math.floor(times.length * 0.99)] ?? Number.NaN,
  };
}
