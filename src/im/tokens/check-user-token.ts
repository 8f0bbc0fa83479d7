import { LRUCache } from 'lru-cache';
import { type Clock, toUnixSeconds } from '../../common/clock.js';
import type { TokenRefusal, TokenStatus } from '../../common/errors.js';
import { sessionVerdict } from '../../denylist/session-verdict.js';
import type { ControlView } from '../../ledger/control-view.js';
import type { CurrentUsers } from '../../ledger/current-users.js';
import type { LedgerTrust } from '../../ledger/ledger-trust.js';
import type { FinalCause, UserCopy, UserRef } from '../../ports/user-record.js';
import type { UserLedger } from '../../ports/user-ledger.port.js';
import type { SignedTokens, SignedUserToken } from './signed-tokens.js';
import type { UserTokenClaims } from './token-claims.js';

export interface TokenCheck {
  readonly status: TokenStatus;
  /** Present once the signature was found good and the token is this app's. */
  readonly claims?: UserTokenClaims;
  readonly keyId?: string;
}

/** Ends of sessions remembered: an end is for good, so it is never wrong. */
const ENDS_REMEMBERED = 50_000;

/**
 * Checks a user token: form, key known, signature, app and issuer, expiry, key revoked, session; the first
 * reason to refuse is the answer. A token seen before, of a user whose copy is believed, costs two
 * look-ups in memory and is answered at once.
 */
export class CheckUserToken {
  readonly #ends = new LRUCache<string, FinalCause>({ max: ENDS_REMEMBERED });

  constructor(
    private readonly signed: SignedTokens,
    private readonly users: CurrentUsers,
    private readonly ledger: UserLedger,
    private readonly control: ControlView,
    private readonly trust: LedgerTrust,
    private readonly clock: Clock,
    private readonly leewaySeconds: number,
  ) {}

  /**
   * `appId`: the app that the token must belong to; undefined: the one that it says. Throws
   * `ledger_unavailable` when it takes the ledger to know.
   */
  async check(appId: string | undefined, token: string): Promise<TokenCheck> {
    if (!this.trust.isFresh()) await this.trust.renew();
    const signed = this.signed.seen(token) ?? (await this.signed.verify(token));
    if (typeof signed === 'string') return { status: signed };
    if (signed.kind === 'admin') return { status: 'wrong_app' };
    const status = await this.judge(appId, signed);
    return status === 'wrong_app'
      ? { status }
      : { status, claims: signed.claims, keyId: signed.keyId };
  }

  /**
   * The rest of the check, of a token whose signature is good: at once where the user's copy is at
   * hand, else a promise. A promise for each would cost more than the check.
   */
  judge(appId: string | undefined, signed: SignedUserToken): TokenStatus | Promise<TokenStatus> {
    const { claims, keyId, user } = signed;
    if (appId !== undefined && claims.aud !== appId) return 'wrong_app';
    if (!this.control.isIssuer(claims.iss)) return 'wrong_app';
    if (this.hasExpired(signed)) return 'expired';
    if (this.signed.isKeyRevoked(keyId)) return 'key_revoked';
    const copy = this.users.atHand(user, claims.ver);
    return copy === undefined ? this.#afterLookUp(signed) : this.#session(copy, signed);
  }

  /** Whether the token has expired, or is of a key all of whose tokens have. */
  hasExpired({ claims, keyId }: Pick<SignedUserToken, 'claims' | 'keyId'>): boolean {
    const isPast = toUnixSeconds(this.clock.nowMs()) >= claims.exp + this.leewaySeconds;
    return isPast || this.signed.isKeyRemoved(keyId);
  }

  async #afterLookUp(signed: SignedUserToken): Promise<TokenStatus> {
    return this.#session(await this.users.lookUp(signed.user, signed.claims.ver), signed);
  }

  #session(copy: UserCopy, { claims, user }: SignedUserToken) {
    const verdict = sessionVerdict(copy, {
      sessionId: claims.sid,
      role: claims.role ?? '',
      revokedEpoch: this.control.revokedEpoch(claims.aud),
    });
    return verdict === 'gone' ? this.#howItEnded(user, claims.sid) : verdict;
  }

  async #howItEnded(user: UserRef, sessionId: string): Promise<TokenRefusal> {
    const known = this.#ends.get(sessionId);
    if (known !== undefined) return known;
    const ended = await this.ledger.endedSession(user, sessionId);
    if (ended === undefined) return 'unknown_session';
    this.#ends.set(sessionId, ended.cause);
    return ended.cause;
  }
}
