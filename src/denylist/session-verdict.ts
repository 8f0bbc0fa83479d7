import type { TokenRefusal } from '../common/errors.js';
import { standingOf } from '../ports/copied-sessions.js';
import type { UserCopy } from '../ports/user-record.js';

/** What of a token decides whether its session lets it through. */
export interface SessionClaim {
  readonly sessionId: string;
  readonly role: string;
  /** Sessions of the app up to this epoch are revoked; -1: none. */
  readonly revokedEpoch: number;
}

export type SessionRefusal = Extract<
  TokenRefusal,
  'revoked' | 'kicked' | 'replaced' | 'business_session_ended' | 'user_suspended' | 'superseded'
>;

/**
 * What a believed copy, as new as the token, says about the token's session: `active`, why it is
 * refused, or `gone` when the session is not there any more, so that it has ended long ago or
 * never was (the ledger remembers which).
 */
export function sessionVerdict(
  copy: UserCopy,
  { sessionId, role, revokedEpoch }: SessionClaim,
): SessionRefusal | 'gone' | 'active' {
  const standing = standingOf(copy.sessions, sessionId);
  if (standing === undefined) return 'gone';
  if (typeof standing === 'string') return standing;
  if (standing <= revokedEpoch) return 'revoked';
  if (copy.status === 'suspended') return 'user_suspended';
  if (copy.role !== role) return 'superseded';
  return 'active';
}
