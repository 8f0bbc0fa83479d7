import type { BusinessComparison } from '../business/business.js';
import { latencyCell, ratioCell } from './comparisons.js';
import { table, whole } from './table.js';

/** What each is measured beside. */
const BESIDE = {
  refresh: 'one guarded UPDATE',
  login: 'nothing but Argon2id',
  'login-beside': 'checks without logins',
  'login-beside-slow': 'such checks without logins',
} as const;

const NAMES = {
  refresh: 'refresh',
  login: 'login',
  'login-beside': 'checks during logins',
  'login-beside-slow': '1,000 checks a second during logins',
} as const;

/** Refreshes, logins, and checks beside logins, as Markdown. */
export function businessReport(comparisons: readonly BusinessComparison[]): string {
  const rows = comparisons.map(({ profile, name, measured: { first, second, ratios } }) => [
    ...[profile, NAMES[name], BESIDE[name]],
    ...[whole(first.perSecond), whole(second.perSecond), ratioCell(ratios)],
    ...[latencyCell(first), latencyCell(second)],
  ]);
  const columns = [
    ...['profile', 'operation', 'beside', 'operations/s', 'floor/s', 'ratio (min–max)'],
    ...['p50 / p99 ms', 'floor p50 / p99 ms'],
  ];
  return table(columns, rows);
}
