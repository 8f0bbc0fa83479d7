import type { TokenStatus } from '../../common/errors.js';
import type { Revocation, UserLedger } from '../../ports/user-ledger.port.js';
import type { SessionEnd, UserRecord, UserRef } from '../../ports/user-record.js';
import type { CheckUserToken } from './check-user-token.js';
import type { UserTokenClaims } from './token-claims.js';

/** One reason why a token doesn't work. Times are Unix seconds. */
export type Cause =
  | { readonly type: 'expired'; readonly at: number }
  | { readonly type: 'key_revoked'; readonly keyId: string }
  | {
      readonly type: 'revoked';
      readonly revocationId: string;
      readonly by: string;
      readonly at: number;
      readonly reason: string;
    }
  | {
      readonly type: 'kicked' | 'replaced' | 'business_session_ended';
      readonly by: string;
      readonly at: number;
    }
  | { readonly type: 'user_suspended' }
  | { readonly type: 'superseded'; readonly role: string };

export interface Inspection {
  readonly status: TokenStatus;
  readonly claims?: UserTokenClaims;
  readonly keyId?: string;
  /** Every reason, not just the first. */
  readonly causes: readonly Cause[];
}

/** Explains a token, from the ledger itself. */
export class InspectUserToken {
  constructor(
    private readonly checks: CheckUserToken,
    private readonly ledger: UserLedger,
  ) {}

  async inspect(appId: string, token: string): Promise<Inspection> {
    const check = await this.checks.check(appId, token);
    const { claims, keyId } = check;
    if (claims === undefined || keyId === undefined) return { status: check.status, causes: [] };
    const causes: Cause[] = [];
    if (this.checks.hasExpired(claims.exp)) causes.push({ type: 'expired', at: claims.exp });
    if (check.status === 'key_revoked') causes.push({ type: 'key_revoked', keyId });
    const found = await this.#causesOfSession(appId, claims);
    causes.push(...found);
    return { status: firstOf(check.status, found), claims, keyId, causes };
  }

  async #causesOfSession(appId: string, claims: UserTokenClaims): Promise<Cause[]> {
    const user = { appId, userId: claims.sub };
    const record = (await this.ledger.read([user])).users[0]?.record;
    const session = record?.sessions.find(({ id }) => id === claims.sid);
    const ended = session === undefined ? await this.#endOf(user, claims.sid, record) : undefined;
    const revocationIds = (session ?? ended?.session)?.revocations ?? [];
    const revocations = await this.ledger.revocations(appId, revocationIds);
    return [...revocations.map(asCause), ...asCauses(ended), ...causesOfUser(record, claims)];
  }

  async #endOf(
    user: UserRef,
    sessionId: string,
    record: UserRecord | undefined,
  ): Promise<SessionEnd | undefined> {
    const kept = record?.ended.find(({ session }) => session.id === sessionId);
    return kept ?? this.ledger.endedSession(user, sessionId);
  }
}

/**
 * The ledger may know an earlier reason than the quick check, which does not look for all: a
 * session that was revoked and then kicked counts as revoked.
 */
function firstOf(status: TokenStatus, causes: readonly Cause[]): TokenStatus {
  const isRevoked = causes.some(({ type }) => type === 'revoked');
  return isRevoked && (status === 'kicked' || status === 'replaced') ? 'revoked' : status;
}

function asCause({ id, createdBy, createdAt, reason }: Revocation): Cause {
  return { type: 'revoked', revocationId: id, by: createdBy, at: createdAt, reason };
}

function asCauses(ended: SessionEnd | undefined): Cause[] {
  return ended === undefined ? [] : [{ type: ended.cause, by: ended.by, at: ended.endedAt }];
}

function causesOfUser(record: UserRecord | undefined, claims: UserTokenClaims): Cause[] {
  if (record === undefined) return [];
  const causes: Cause[] = [];
  if (record.status === 'suspended') causes.push({ type: 'user_suspended' });
  if (record.role !== (claims.role ?? '')) causes.push({ type: 'superseded', role: record.role });
  return causes;
}
