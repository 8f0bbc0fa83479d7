import { type Clock, toUnixSeconds } from '../../common/clock.js';
import { type TokenStatus, TOKEN_STATUSES } from '../../common/errors.js';
import type { Denial, WhyDenied } from '../../denylist/why-denied.js';
import type { UserRecord } from '../../ports/user-record.js';
import type { CheckUserToken } from './check-user-token.js';
import type { SignedTokens } from './signed-tokens.js';
import type { UserTokenClaims } from './token-claims.js';

/** One reason why a token doesn't work. Times are Unix seconds. */
export type Cause =
  | { readonly type: 'malformed' | 'wrong_app' | 'unknown_session' | 'user_suspended' }
  | { readonly type: 'unknown_key' | 'bad_signature' | 'key_revoked'; readonly keyId?: string }
  /** Without a time: of a removed key, and its claims are not to be believed. */
  | { readonly type: 'expired'; readonly at?: number; readonly secondsAgo?: number }
  | Denial
  | { readonly type: 'superseded'; readonly role: string };

export interface Inspection {
  readonly status: TokenStatus;
  readonly claims?: UserTokenClaims;
  readonly keyId?: string;
  /** Every reason, in the order of {@link TOKEN_STATUSES}. */
  readonly causes: readonly Cause[];
}

/** Explains a token, from the ledger itself. */
export class InspectUserToken {
  constructor(
    private readonly signed: SignedTokens,
    private readonly checks: CheckUserToken,
    private readonly denylist: WhyDenied,
    private readonly clock: Clock,
  ) {}

  async inspect(appId: string, token: string): Promise<Inspection> {
    const check = await this.checks.check(appId, token);
    const { status, claims, keyId } = check;
    if (claims === undefined || keyId === undefined) {
      return { status, causes: this.#causesOfForm(token, status) };
    }
    const { record, session, denials } = await this.denylist.report(
      { appId, userId: claims.sub },
      claims.sid,
    );
    const causes: Cause[] = [...this.#causesOfToken(claims, keyId)];
    if (session === undefined) causes.push({ type: 'unknown_session' });
    causes.push(...denials, ...causesOfUser(record, claims));
    return { status: firstOf(causes), claims, keyId, causes: inOrder(causes) };
  }

  /** Of a token that is not known to be ours: what is wrong with it as such. */
  #causesOfForm(token: string, status: TokenStatus): Cause[] {
    if (status === 'unknown_key' || status === 'bad_signature') {
      const keyId = this.signed.keyIdOf(token);
      return [keyId === undefined ? { type: status } : { type: status, keyId }];
    }
    return isOfForm(status) ? [{ type: status }] : [];
  }

  #causesOfToken(claims: UserTokenClaims, keyId: string): Cause[] {
    const causes: Cause[] = [];
    if (this.checks.hasExpired({ claims, keyId })) {
      const { exp } = claims;
      const secondsAgo = toUnixSeconds(this.clock.nowMs()) - exp;
      // What a removed key seems to have signed for longer than it could is not worth a date.
      causes.push(secondsAgo < 0 ? { type: 'expired' } : { type: 'expired', at: exp, secondsAgo });
    }
    if (this.signed.isKeyRevoked(keyId)) causes.push({ type: 'key_revoked', keyId });
    return causes;
  }
}

function isOfForm(status: TokenStatus): status is 'malformed' | 'wrong_app' | 'expired' {
  return status === 'malformed' || status === 'wrong_app' || status === 'expired';
}

function causesOfUser(record: UserRecord | undefined, claims: UserTokenClaims): Cause[] {
  if (record === undefined) return [];
  const causes: Cause[] = [];
  if (record.status === 'suspended') causes.push({ type: 'user_suspended' });
  if (record.role !== (claims.role ?? '')) causes.push({ type: 'superseded', role: record.role });
  return causes;
}

function inOrder(causes: readonly Cause[]): Cause[] {
  return causes.toSorted((a, b) => rank(a.type) - rank(b.type));
}

function firstOf(causes: readonly Cause[]): TokenStatus {
  return inOrder(causes)[0]?.type ?? 'active';
}

function rank(status: TokenStatus): number {
  return TOKEN_STATUSES.indexOf(status);
}
