import { type Entropy, newId } from '../common/ids.js';
import type { Clock } from '../common/clock.js';
import type { GroupCommit } from '../ledger/group-commit.js';
import type { UserDraft } from '../ledger/user-draft.js';
import type { Revocation, RevocationTarget } from '../ports/user-ledger.port.js';
import type { Session } from '../ports/user-record.js';

export interface RevocationOrder {
  readonly appId: string;
  readonly target: RevocationTarget;
  readonly reason: string;
  /** Who orders it: an admin's user id, or the app. */
  readonly by: string;
}

/** How long every broker may take to learn of a revocation that could not be told at once. */
const FEED_DELAY_MS = 1000;

/**
 * Revokes sessions of one user. The order is: ledger, live state, event, answer; when the event
 * could not be sent, the answer waits until the feed has told every broker, so that it is true
 * everywhere when it is given.
 */
export class RevokeSessions {
  constructor(
    private readonly commits: GroupCommit,
    private readonly entropy: Entropy,
    private readonly clock: Clock,
  ) {}

  /** The revocation, or undefined when the target names no session that works. */
  async revoke(order: RevocationOrder): Promise<Revocation | undefined> {
    const { result, announced } = await this.commits.submit({
      appId: order.appId,
      userIds: [order.target.userId],
      decide: (draft) => this.#decide(draft, order),
    });
    if (result !== undefined && !announced) await this.clock.sleep(FEED_DELAY_MS);
    return result;
  }

  #decide(draft: UserDraft, { target, reason, by }: RevocationOrder): Revocation | undefined {
    const { userId } = target;
    const record = draft.record(userId);
    const hit = new Set(
      record?.sessions.filter((session) => works(session) && isAimedAt(session, target)),
    );
    if (record === undefined || hit.size === 0) return undefined;

    const revocation: Revocation = {
      id: newId(this.entropy, 'rev'),
      userId,
      target,
      reason,
      createdAt: draft.now,
      createdBy: by,
      affectedSessions: hit.size,
    };
    draft.revoke(revocation);
    draft.put(userId, {
      ...record,
      version: record.version + 1,
      sessions: record.sessions.map((session) =>
        hit.has(session)
          ? { ...session, revocations: [...session.revocations, revocation.id] }
          : session,
      ),
    });
    return revocation;
  }
}

function works({ revocations }: Session): boolean {
  return revocations.length === 0;
}

function isAimedAt(session: Session, target: RevocationTarget): boolean {
  switch (target.type) {
    case 'session':
      return session.id === target.sessionId;
    case 'device':
      return session.deviceId === target.deviceId;
    case 'platform':
      return session.platformId === target.platformId;
    case 'user':
      return true;
  }
}
