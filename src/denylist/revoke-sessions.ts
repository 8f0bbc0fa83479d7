import { type Entropy, newId } from '../common/ids.js';
import type { GroupCommit } from '../ledger/group-commit.js';
import type { UserDraft } from '../ledger/user-draft.js';
import type { Revocation, UserTarget } from '../ports/revocation.js';
import type { Session, UserRecord } from '../ports/user-record.js';
import { covers, sessionOf } from './covers.js';

export interface RevocationOrder {
  readonly appId: string;
  readonly target: UserTarget;
  readonly reason: string;
  /** Who orders it: an admin's user id, or the app. */
  readonly by: string;
  /** Whether it is recorded, too, when nothing of what it is aimed at works. */
  readonly recordMiss: boolean;
}

export interface Revoked {
  readonly revocation: Revocation;
  /** False: the session was revoked by an earlier order, which this is. */
  readonly isNew: boolean;
}

/**
 * Revokes sessions of one user. The order is: ledger, live state, event, answer; when the event
 * could not be sent, the answer waits until the feed has told every broker, so that it is true
 * everywhere when it is given.
 */
export class RevokeSessions {
  constructor(
    private readonly commits: GroupCommit,
    private readonly entropy: Entropy,
    /** How long past its expiry a token is still taken. */
    private readonly leewaySeconds: number,
  ) {}

  /**
   * The revocation, or undefined when it hit nothing and misses are not to be recorded. A device,
   * a platform, a user: each order is a boundary of its own. One session: while its revocation
   * stands, another order for it is the same one.
   */
  revoke(order: RevocationOrder & { readonly recordMiss: true }): Promise<Revoked>;
  revoke(order: RevocationOrder): Promise<Revoked | undefined>;
  revoke(order: RevocationOrder): Promise<Revoked | undefined> {
    return this.commits.submitAndTell({
      appId: order.appId,
      userIds: [order.target.userId],
      ...(sessionOf(order.target) === undefined ? {} : { needsRevocations: true as const }),
      decide: (draft) => this.#decide(draft, order),
    });
  }

  #decide(draft: UserDraft, order: RevocationOrder): Revoked | undefined {
    const { target, reason, by, recordMiss } = order;
    const { userId } = target;
    const earlier = standing(draft, target);
    if (earlier !== undefined) return { revocation: earlier, isNew: false };

    const record = draft.record(userId);
    const boundary = record?.version ?? 0;
    const aimedAt = (record?.sessions ?? []).filter((session) =>
      covers({ target, boundary }, session),
    );
    const hit = aimedAt.filter((session) => draft.works(session) && session.expiresAt > draft.now);
    if (hit.length === 0 && !recordMiss) return undefined;

    const revocation: Revocation = {
      id: newId(this.entropy, 'rev'),
      target,
      boundary,
      reason,
      createdAt: draft.now,
      createdBy: by,
      expiresAt: this.#lastExpiry(aimedAt, draft.now),
      affectedSessions: hit.length,
      restoration: null,
    };
    draft.revoke(revocation);
    if (record !== undefined) draft.put(userId, withRevoked(record, new Set(aimedAt)));
    return { revocation, isNew: true };
  }

  #lastExpiry(sessions: readonly Session[], now: number): number {
    const expiries = sessions.map(({ expiresAt }) => expiresAt + this.leewaySeconds);
    return Math.max(now, ...expiries);
  }
}

function standing(draft: UserDraft, target: UserTarget): Revocation | undefined {
  const sessionId = sessionOf(target);
  if (sessionId === undefined) return undefined;
  return draft.revocations(target.userId).find((other) => sessionOf(other.target) === sessionId);
}

function withRevoked(record: UserRecord, revoked: ReadonlySet<Session>): UserRecord {
  return {
    ...record,
    version: record.version + 1,
    sessions: record.sessions.map((session) =>
      revoked.has(session) ? { ...session, revoked: true } : session,
    ),
  };
}
