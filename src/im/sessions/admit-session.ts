import type { EndedSession } from '../../ports/user-ledger.port.js';
import {
  type EndedMark,
  MAX_ENDED_MARKS,
  type Session,
  type UserRecord,
} from '../../ports/user-record.js';
import { applyPlan, type Evicted } from '../multi-login/apply-plan.js';
import { type MultiLoginPolicy, planAdmission } from '../multi-login/plan.js';

export interface AdmissionRules {
  readonly policy: MultiLoginPolicy;
  readonly maxNumOneEnd: number;
  /** How long past its expiry a token is still taken. */
  readonly leewaySeconds: number;
}

export interface Admitted {
  readonly record: UserRecord;
  readonly evicted: readonly Evicted[];
}

/**
 * Admits a session to a user: the newcomer gets the user's next version, and whoever the policy or
 * the same device ends, ends for good. Sessions whose last token has expired are dropped. Pure;
 * `now` in Unix seconds of the ledger's clock.
 */
export function admitSession(
  record: UserRecord,
  newcomer: Omit<Session, 'version'>,
  rules: AdmissionRules,
  now: number,
): Admitted {
  const version = record.version + 1;
  const session: Session = { ...newcomer, version };
  const isOver = ({ expiresAt }: { expiresAt: number }) => expiresAt + rules.leewaySeconds <= now;
  const live = record.sessions.filter((existing) => !isOver(existing));
  const plan = planAdmission(rules.policy, rules.maxNumOneEnd, session);
  const { kept, ended: evicted } = applyPlan(plan, session, live);
  const marks = evicted.map(({ session: { id, expiresAt }, cause }): EndedMark => {
    return { sessionId: id, cause, expiresAt };
  });
  const ended = [...marks, ...record.ended.filter((mark) => !isOver(mark))];
  return {
    record: { ...record, version, sessions: kept, ended: ended.slice(0, MAX_ENDED_MARKS) },
    evicted,
  };
}

/** What the ledger keeps of a session that an admission ended. */
export function endedBy(
  newcomerId: string,
  userId: string,
  evicted: Evicted,
  now: number,
): EndedSession {
  return { userId, session: evicted.session, cause: evicted.cause, by: newcomerId, endedAt: now };
}
