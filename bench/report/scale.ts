import type { ScaleComparison } from '../measure/scale.js';
import { SMALL_SESSIONS } from '../measure/scale.js';
import { latencyCell, ratioCell } from './comparisons.js';
import { table, whole } from './table.js';

/** Full ledger beside small one, as a Markdown table. */
export function scaleTable(comparisons: readonly ScaleComparison[]): string {
  const [{ fullSessions } = { fullSessions: 0 }] = comparisons;
  return table(
    [
      'profile',
      'operation',
      `at ${whole(fullSessions)} sessions/s`,
      `at ${whole(SMALL_SESSIONS)}/s`,
      'ratio (min–max)',
      'p50 / p99 ms',
      `p50 / p99 ms at ${whole(SMALL_SESSIONS)}`,
    ],
    comparisons.map(({ profile, scenario, full, small, ratios }) => [
      profile,
      scenario,
      whole(full.perSecond),
      whole(small.perSecond),
      ratioCell(ratios),
      latencyCell(full),
      latencyCell(small),
    ]),
  );
}
