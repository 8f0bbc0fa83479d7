import { sessionIdOfToken } from '../common/ids.js';
import type { Revocation, RevocationTarget } from '../ports/revocation.js';
import type { Session } from '../ports/user-record.js';

/** Whether a revocation ends a session: aimed at it, and admitted up to the boundary. */
export function covers(
  { target, boundary }: Pick<Revocation, 'target' | 'boundary'>,
  session: Session,
): boolean {
  if (target.type === 'app') return session.epoch <= boundary;
  return session.version <= boundary && isAimedAt(target, session);
}

function isAimedAt(target: RevocationTarget, session: Session): boolean {
  switch (target.type) {
    case 'token':
      return sessionIdOfToken(target.tokenId) === session.id;
    case 'session':
      return target.sessionId === session.id;
    case 'device':
      return target.deviceId === session.deviceId;
    case 'platform':
      return target.platformId === session.platformId;
    case 'user':
    case 'app':
      return true;
  }
}

/** The session that a target names alone, if it does. */
export function sessionOf(target: RevocationTarget): string | undefined {
  if (target.type === 'token') return sessionIdOfToken(target.tokenId);
  return target.type === 'session' ? target.sessionId : undefined;
}
