import type { ChaosResult } from './chaos.js';

/** What a run did and found, for people. */
export function reportOf(result: ChaosResult): string {
  const { counts, news, slowestMs, violations } = result;
  const faults = [...result.faults].map(([name, times]) => `${name} ${times}`);
  return [
    `${counts.mints} mints, ${counts.checks} checks, ${counts.revocations} revocations, ` +
      `${counts.restores} restores, ${counts.renewals} renewals, ${counts.inspections} inspections`,
    `${result.unavailable} answers that the ledger is out, ${result.silent} calls unanswered`,
    `faults: ${faults.join(', ') || 'none'}`,
    `slowest answer with the ledger there: ${Math.round(slowestMs.calm)} ms in calm, ` +
      `${Math.round(slowestMs.troubled)} ms in trouble; that it is out: ` +
      `${Math.round(slowestMs.unavailable)} ms`,
    `news: ${news.judged} checks 50 to 1000 ms after a change, ${news.withinMargin} of them late ` +
      `within the margin, ${news.stalled} late by a stall that was measured`,
    `${result.audited} sessions audited on every broker after all were restarted`,
    ...violations.map(({ promised, what }) => `BROKEN ${promised}: ${what}`),
    violations.length === 0 ? 'No promise was broken.' : `${violations.length} broken promises`,
  ].join('\n');
}
