import type { Session, SessionEnd, UserRecord } from '../../ports/user-record.js';
import { applyPlan } from '../multi-login/apply-plan.js';
import { type MultiLoginPolicy, planAdmission } from '../multi-login/plan.js';
import { keepEnds } from '../../denylist/keep-ends.js';

export interface AdmissionRules {
  readonly policy: MultiLoginPolicy;
  readonly maxNumOneEnd: number;
  /** How long past its expiry a token is still taken. */
  readonly leewaySeconds: number;
  /** Whether no revocation ends a session. */
  readonly works: (session: Session) => boolean;
}

export interface Admitted {
  /** The newcomer, with its version. */
  readonly session: Session;
  readonly record: UserRecord;
  /** The sessions that this admission ended. */
  readonly ended: readonly SessionEnd[];
  /** Ends that the record has no room for any more, to be put aside. */
  readonly aside: readonly SessionEnd[];
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
  const live = record.sessions.filter(({ expiresAt }) => expiresAt + rules.leewaySeconds > now);
  const plan = planAdmission(rules.policy, rules.maxNumOneEnd, session);
  const { kept, ended: evicted } = applyPlan(plan, session, live, rules.works);
  const ended = evicted.map((end): SessionEnd => ({ ...end, by: session.id, endedAt: now }));
  const { kept: keptEnds, aside } = keepEnds(ended, record.ended, now);
  return {
    session,
    record: { ...record, version, sessions: kept, ended: keptEnds },
    ended,
    aside,
  };
}
