import type { Comparison } from '../measure/compare.js';
import type { Side } from '../measure/in-turn.js';
import { median } from '../measure/median.js';
import { fixed, table, whole } from './table.js';

const COLUMNS = [
  'profile',
  'operation',
  'broker/s',
  'floor/s',
  'ratio (min–max)',
  'p50 / p99 ms',
  'floor p50 / p99 ms',
  'transactions',
  'statements',
  'Redis commands',
] as const;

/** The comparisons as a Markdown table; transactions, statements and commands are per operation. */
export function comparisonTable(comparisons: readonly Comparison[]): string {
  return table(
    COLUMNS,
    comparisons.map(({ profile, scenario, broker, floor, ratios, costs }) => [
      profile,
      scenario,
      whole(broker.perSecond),
      whole(floor.perSecond),
      ratioCell(ratios),
      latencyCell(broker),
      latencyCell(floor),
      fixed(costs.transactions, 3),
      fixed(sum(costs.statements)),
      profile === 'cluster' ? fixed(sum(costs.sent)) : '–',
    ]),
  );
}

export function ratioCell(ratios: readonly number[]): string {
  const [low, high] = [Math.min(...ratios), Math.max(...ratios)];
  return `**${fixed(median(ratios))}** (${fixed(low)}–${fixed(high)})`;
}

export function latencyCell({ p50, p99 }: Side): string {
  return `${fixed(p50, 1)} / ${fixed(p99, 1)}`;
}

/** How many cores each process took, while the broker and while the floor was measured. */
export function coresTable(comparisons: readonly Comparison[]): string {
  const names = ['load', 'postgres', 'redis'];
  const cells = (cores: Side['cores'], own: string) =>
    [own, ...names].map((name) => (cores[name] === undefined ? '–' : fixed(cores[name])));
  return table(
    ['profile', 'operation', 'of', 'itself', ...names],
    comparisons.flatMap(({ profile, scenario, broker, floor }) => [
      [profile, scenario, 'broker', ...cells(broker.cores, 'broker')],
      [profile, scenario, 'floor', ...cells(floor.cores, 'floor')],
    ]),
  );
}

/** The statements and commands of an operation, one by one. */
export function costLines(comparisons: readonly Comparison[]): string {
  return comparisons
    .map(({ profile, scenario, costs }) => {
      const statements = listed(costs.statements);
      const ran = listed(costs.ran);
      const redis = ran === '' ? '' : `; Redis was sent ${listed(costs.sent)} and ran ${ran}`;
      return `- ${profile} ${scenario}: ${statements || 'no statement'}${redis}`;
    })
    .join('\n');
}

function listed(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([name, count]) => `${name} ${fixed(count, 3)}`)
    .join(' · ');
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, value) => total + value, 0);
}
