import type { DeniedComparison } from '../measure/denied.js';
import type { Side } from '../measure/in-turn.js';
import type { Quantiles } from '../measure/quantiles.js';
import type { RedisOutComparison } from '../measure/redis-out.js';
import type { RevokeLatencies } from '../measure/revoke-latency.js';
import { latencyCell, ratioCell } from './comparisons.js';
import { fixed, table, whole } from './table.js';

/** From the answer of a revocation to the first refusal elsewhere, as Markdown. */
export function revokeLatencyReport({ latencies, load, full }: RevokeLatencies): string {
  const rates = load.map(({ mints, checks }, broker) => {
    const most = full[broker];
    return (
      `${whole(mints)} mints/s and ${whole(checks)} checks/s ` +
      `(of ${whole(most?.mints ?? 0)} and ${whole(most?.checks ?? 0)} at full)`
    );
  });
  const rows = latencies.map(({ condition, samples, refusal, call, refusedAtOnce }) => [
    condition,
    whole(samples),
    quantilesCell(refusal),
    `${fixed((refusedAtOnce / samples) * 100, 1)} %`,
    quantilesCell(call),
  ]);
  const columns = [
    'revocations',
    'samples',
    'answer → first refused check: p50 / p99 / max ms',
    'first check refused',
    'the call itself: p50 / p99 / max ms',
  ];
  return `${table(columns, rows)}\n\nThe load, by broker: ${rates.join('; ')}.`;
}

function quantilesCell({ p50, p99, max }: Quantiles): string {
  return [p50, p99, max].map((ms) => fixed(ms)).join(' / ');
}

const TURN_COLUMNS = ['ratio (min–max)', 'p50 / p99 ms', 'the other’s'];

/** Checks beside denied sessions and without them; refusals beside acceptances; memory. */
export function deniedReport(comparisons: readonly DeniedComparison[]): string {
  const rows = comparisons.flatMap(({ profile, denied, good, refused }) => [
    [
      profile,
      `good, ${whole(denied)} denied / none`,
      ...turnCells(good.first, good.second, good.ratios),
    ],
    [profile, 'refused / good', ...turnCells(refused.first, refused.second, refused.ratios)],
  ]);
  const memory = comparisons.map(({ profile, users, denied, perUser, perDenied }) => [
    profile,
    `${whole(users)} / ${whole(denied)}`,
    bytesCell(perUser.heapBytes),
    bytesCell(perDenied.heapBytes),
    bytesCell(perUser.redisBytes),
    bytesCell(perDenied.redisBytes),
  ]);
  return [
    table(['profile', 'checks', 'checks/s', 'the other’s/s', ...TURN_COLUMNS], rows),
    table(
      [
        'profile',
        'users / denied',
        'heap bytes per user',
        'per denied session',
        'Redis bytes per user',
        'per denied session',
      ],
      memory,
    ),
  ].join('\n\n');
}

/** A broker without Redis beside one with it. */
export function redisOutReport(comparisons: readonly RedisOutComparison[]): string {
  return table(
    ['operation', 'Redis out/s', 'with Redis/s', ...TURN_COLUMNS],
    comparisons.map(({ scenario, turns: { first, second, ratios } }) => [
      scenario,
      ...turnCells(first, second, ratios),
    ]),
  );
}

function turnCells(first: Side, second: Side, ratios: readonly number[]): string[] {
  return [
    whole(first.perSecond),
    whole(second.perSecond),
    ratioCell(ratios),
    latencyCell(first),
    latencyCell(second),
  ];
}

function bytesCell(bytes: number): string {
  return Number.isNaN(bytes) ? '–' : whole(bytes);
}
