import type { Session } from '../../ports/user-record.js';
import type { Plan } from './plan.js';
import { Seats } from './seats.js';

/** A session that an admission ended, for good. */
export interface Evicted {
  readonly session: Session;
  /** Kicked by the policy, or replaced because the same device logged in again. */
  readonly cause: 'kicked' | 'replaced';
}

/** A user's sessions after an admission. */
export interface Admission {
  /** The newcomer, then the others, newest first. */
  readonly kept: Session[];
  /** Newest first. */
  readonly ended: Evicted[];
}

/**
 * Admits a session: every session that is there stays or ends as the plan, made for the same
 * newcomer, says.
 *
 * In a group the places go to the newcomer, then to sessions that work before revoked ones, then
 * to the preferred platform, then to the newest by version (of the same version, by id). A revoked
 * session takes a place and can lose it, because a restore may bring it back: whatever is restored
 * later, no more sessions work than the plan allows.
 *
 * `existing` has the sessions that have not expired, in any order: the result does not depend on
 * it. Should the newcomer be among them, it stays as it is given. `works` says which sessions no
 * revocation ends. Takes n log n steps.
 */
export function applyPlan(
  plan: Plan,
  newcomer: Session,
  existing: readonly Session[],
  works: (session: Session) => boolean = isNotRevoked,
): Admission {
  if (existing.length === 0) return { kept: [newcomer], ended: [] };

  const seats = new Seats(plan.groups);
  seats.take(newcomer.platformId);

  const others: Session[] = [];
  const ended: Evicted[] = [];
  for (const session of ranked(existing, seats, works)) {
    if (session.id === newcomer.id) continue;
    if (isReplaced(session, plan)) ended.push({ session, cause: 'replaced' });
    else if (seats.take(session.platformId)) others.push(session);
    else ended.push({ session, cause: 'kicked' });
  }
  return {
    kept: [newcomer, ...others.sort(byAge)],
    ended: ended.sort((a, b) => byAge(a.session, b.session)),
  };
}

function isReplaced(session: Session, { replaces }: Plan): boolean {
  return (
    replaces !== undefined &&
    session.platformId === replaces.platformId &&
    session.deviceId === replaces.deviceId
  );
}

/** In the order in which sessions may take places of their group. */
function ranked(
  sessions: readonly Session[],
  seats: Seats,
  works: (session: Session) => boolean,
): Session[] {
  return sessions.toSorted(
    (a, b) =>
      Number(works(b)) - Number(works(a)) ||
      Number(seats.isPreferred(b.platformId)) - Number(seats.isPreferred(a.platformId)) ||
      byAge(a, b),
  );
}

function isNotRevoked({ revoked }: Session): boolean {
  return !revoked;
}

/** Newest first. */
export function byAge(a: Session, b: Session): number {
  if (a.version !== b.version) return b.version - a.version;
  return a.id < b.id ? -1 : Number(a.id > b.id);
}
