import type { Readmit } from '../../denylist/restore-sessions.js';
import type { Session, SessionEnd } from '../../ports/user-record.js';
import { byAge } from '../multi-login/apply-plan.js';
import { groupsOf, type MultiLoginPolicy } from '../multi-login/plan.js';
import { Seats } from '../multi-login/seats.js';
import { keepEnds } from '../../denylist/keep-ends.js';

/**
 * Readmits sessions whose revocation was taken back, the newest first, into the places that the
 * sessions that worked all along leave free. A policy that is what it was when they were admitted
 * has a place for each of them: whoever logged in since has taken theirs or left it. One that was
 * tightened meanwhile may not, and then they are kicked. Pure.
 */
export function readmitUnder(policy: MultiLoginPolicy, maxNumOneEnd: number): Readmit {
  const groups = groupsOf(policy, maxNumOneEnd);
  return (record, back, works, now) => {
    const seats = new Seats(groups);
    const newestFirst = record.sessions.toSorted(byAge);
    const working = newestFirst.filter((session) => !back.has(session.id) && works(session));
    for (const { platformId } of working) seats.take(platformId);

    const ended: SessionEnd[] = [];
    for (const session of newestFirst) {
      if (!back.has(session.id) || !works(session)) continue;
      if (seats.take(session.platformId)) {
        working.push(session);
      } else {
        const by = working.find((other) => shareLimit(groups, session, other))?.id ?? '';
        ended.push({ session, cause: 'kicked', by, endedAt: now });
      }
    }
    if (ended.length === 0) return { record, aside: [] };
    const gone = new Set(ended.map(({ session }) => session.id));
    const { kept, aside } = keepEnds(ended, record.ended, now);
    const sessions = record.sessions.filter(({ id }) => !gone.has(id));
    return { record: { ...record, sessions, ended: kept }, aside };
  };
}

function shareLimit(groups: ReturnType<typeof groupsOf>, a: Session, b: Session): boolean {
  return groups.some(({ platforms }) => {
    const ids: readonly number[] = platforms;
    return ids.includes(a.platformId) && ids.includes(b.platformId);
  });
}
