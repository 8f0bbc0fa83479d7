import { LRUCache } from 'lru-cache';
import { type Clock, toUnixSeconds } from '../../common/clock.js';
import type { TokenRefusal, TokenStatus } from '../../common/errors.js';
import { sessionVerdict } from '../../denylist/session-verdict.js';
import type { ControlView } from '../../ledger/control-view.js';
import type { CurrentUsers } from '../../ledger/current-users.js';
import type { LedgerTrust } from '../../ledger/ledger-trust.js';
import type { FinalCause } from '../../ports/user-record.js';
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
 * Checks a user token: form, key known, signature, app, expiry, key revoked, session; the first
 * reason to refuse is the answer. A token seen before, of a user whose copy is believed, costs two
 * look-ups in memory.
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
    return signed.kind === 'user' ? this.judge(appId, signed) : { status: 'wrong_app' };
  }

  /** The rest of the check, of a token whose signature is good. */
  async judge(appId: string | undefined, { claims, keyId }: SignedUserToken): Promise<TokenCheck> {
    const app = appId ?? claims.aud;
    if (claims.aud !== app || !this.control.isIssuer(claims.iss)) return { status: 'wrong_app' };
    return { status: await this.#judge(app, claims, keyId), claims, keyId };
  }

  async #judge(appId: string, claims: UserTokenClaims, keyId: string): Promise<TokenStatus> {
    if (this.hasExpired(claims.exp)) return 'expired';
    if (this.signed.isKeyRevoked(keyId)) return 'key_revoked';
    return this.sessionStatus(appId, claims);
  }

  hasExpired(exp: number): boolean {
    return toUnixSeconds(this.clock.nowMs()) >= exp + this.leewaySeconds;
  }

  /** What the session says, whatever the token's own dates and key. */
  async sessionStatus(appId: string, claims: UserTokenClaims): Promise<TokenStatus> {
    const user = { appId, userId: claims.sub };
    const copy = await this.users.get(user, claims.ver);
    const verdict = sessionVerdict(copy, {
      sessionId: claims.sid,
      role: claims.role ?? '',
      revokedEpoch: this.control.revokedEpoch(appId),
    });
    return verdict === 'gone' ? this.#howItEnded(user, claims.sid) : verdict;
  }

  async #howItEnded(
    user: { appId: string; userId: string },
    sessionId: string,
  ): Promise<TokenRefusal> {
    const known = this.#ends.get(sessionId);
    if (known !== undefined) return known;
    const ended = await this.ledger.endedSession(user, sessionId);
    if (ended === undefined) return 'unknown_session';
    this.#ends.set(sessionId, ended.cause);
    return ended.cause;
  }
}
