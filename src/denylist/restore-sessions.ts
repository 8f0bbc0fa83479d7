import { BrokerError } from '../common/errors.js';
import type { GroupCommit } from '../ledger/group-commit.js';
import type { UserDraft } from '../ledger/user-draft.js';
import type { Restoration, Revocation, UserTarget } from '../ports/revocation.js';
import type { Session, SessionEnd, UserRecord } from '../ports/user-record.js';
import { covers } from './covers.js';

export interface RestorationOrder {
  readonly appId: string;
  readonly reason: string;
  /** Who orders it: an admin's user id, or the app. */
  readonly by: string;
}

/** A user's record after sessions came back, and what it has no room for. */
export interface Readmitted {
  readonly record: UserRecord;
  readonly aside: readonly SessionEnd[];
}

/**
 * Lets sessions come back into a record (their flags say already that they work) as far as the
 * multi-login policy of today leaves them a place, and ends the others. `now` in Unix seconds.
 */
export type Readmit = (
  record: UserRecord,
  back: ReadonlySet<string>,
  works: (session: Session) => boolean,
  now: number,
) => Readmitted;

/** Takes back a revocation of something of one user. */
export class RestoreSessions {
  constructor(private readonly commits: GroupCommit) {}

  /**
   * Takes this one cause away: sessions that no other cause ends work again. Throws
   * `revocation_restored` when that was done before.
   */
  restore(
    order: RestorationOrder,
    revocation: Revocation & { readonly target: UserTarget },
    readmit: Readmit,
  ): Promise<Restoration> {
    const { userId } = revocation.target;
    return this.commits.submitAndTell({
      appId: order.appId,
      userIds: [userId],
      needsRevocations: true,
      decide: (draft) => decide(draft, order, userId, revocation.id, readmit),
    });
  }
}

function decide(
  draft: UserDraft,
  order: RestorationOrder,
  userId: string,
  id: string,
  readmit: Readmit,
): Restoration {
  const standing = draft.revocations(userId);
  const revocation = standing.find((one) => one.id === id);
  if (revocation === undefined) {
    throw new BrokerError('revocation_restored', 'this revocation was taken back before');
  }
  const others = standing.filter((one) => one !== revocation);
  const restoration: Restoration = {
    restoredAt: draft.now,
    restoredBy: order.by,
    reason: order.reason,
    affectedSessions: bringBack(draft, userId, revocation, others, readmit),
  };
  draft.restore(id, restoration);
  return restoration;
}

/** How many sessions work again. */
function bringBack(
  draft: UserDraft,
  userId: string,
  revocation: Revocation,
  others: readonly Revocation[],
  readmit: Readmit,
): number {
  const record = draft.record(userId);
  if (record === undefined) return 0;
  const back = freed(record, revocation, others);
  const works = (session: Session) => draft.works(session) && session.expiresAt > draft.now;
  const readmitted = readmit(withFreed(record, back), back, works, draft.now);
  draft.put(userId, readmitted.record);
  for (const end of readmitted.aside) draft.putAside({ userId, ...end });
  return readmitted.record.sessions.filter((one) => back.has(one.id) && works(one)).length;
}

/** Sessions that this revocation ends, and no other one. */
function freed(
  record: UserRecord,
  revocation: Revocation,
  others: readonly Revocation[],
): ReadonlySet<string> {
  const back = record.sessions.filter(
    (session) =>
      session.revoked &&
      covers(revocation, session) &&
      !others.some((other) => covers(other, session)),
  );
  return new Set(back.map(({ id }) => id));
}

function withFreed(record: UserRecord, back: ReadonlySet<string>): UserRecord {
  return {
    ...record,
    version: record.version + 1,
    sessions: record.sessions.map((session) =>
      back.has(session.id) ? { ...session, revoked: false } : session,
    ),
  };
}
