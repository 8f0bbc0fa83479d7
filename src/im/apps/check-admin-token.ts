import { type Clock, toUnixSeconds } from '../../common/clock.js';
import { BrokerError, type TokenRefusal } from '../../common/errors.js';
import type { OperatorStanding } from '../../contracts/operator-standing.js';
import type { ControlView } from '../../ledger/control-view.js';
import type { FeedFollower } from '../../ledger/feed-follower.js';
import type { LedgerTrust } from '../../ledger/ledger-trust.js';
import { type AdminScope, hasScope } from '../scopes.js';
import type { SignedAdminToken, SignedTokens } from '../tokens/signed-tokens.js';
import type { AdminTokenClaims } from '../tokens/token-claims.js';

/** A business server or an operator, proven. */
export class AdminPrincipal {
  constructor(private readonly claims: AdminTokenClaims) {}

  get appId(): string {
    return this.claims.client_id;
  }

  /** Who acts, for the record: the admin's user id, or the app's id. */
  get name(): string {
    return this.claims.sub;
  }

  get expiresAt(): number {
    return this.claims.exp;
  }

  /** Throws `insufficient_scope`. */
  require(scope: AdminScope): void {
    if (!hasScope(this.claims.scope, scope)) {
      throw new BrokerError('insufficient_scope', `the admin token lacks the scope ${scope}`);
    }
  }

  /**
   * For dangerous calls: the secret must have been shown, or the person proven, lately (RFC 9470). Throws
   * `insufficient_user_authentication`.
   */
  requireFreshProof(nowSeconds: number, maxAgeSeconds: number): void {
    if (nowSeconds - this.claims.auth_time > maxAgeSeconds) {
      throw new BrokerError(
        'insufficient_user_authentication',
        'this call wants an admin token that was got more lately',
        { maxAgeSeconds },
      );
    }
  }
}

/** Why an admin token is refused; `not_admin`: it is a user's. */
export type AdminRefusal = TokenRefusal | 'not_admin';

/**
 * Checks admin tokens: form, key, signature, app, expiry, key revoked, and that its secret is valid
 * or its person's session works.
 */
export class CheckAdminToken {
  constructor(
    private readonly signed: SignedTokens,
    private readonly control: ControlView,
    private readonly follower: FeedFollower,
    private readonly trust: LedgerTrust,
    private readonly operators: OperatorStanding,
    private readonly clock: Clock,
    private readonly leewaySeconds: number,
  ) {}

  /**
   * The principal, or why not. `appId`, where given, is the app that it must belong to. Throws
   * `ledger_unavailable` when it takes the ledger to know.
   */
  async check(token: string, appId?: string): Promise<AdminPrincipal | AdminRefusal> {
    if (!this.trust.isFresh()) await this.trust.renew();
    const signed = this.signed.seen(token) ?? (await this.signed.verify(token));
    if (typeof signed === 'string') return signed;
    return signed.kind === 'admin' ? this.judge(signed, appId) : 'not_admin';
  }

  /** The rest of the check, of a token whose signature is good. */
  async judge(
    { claims, keyId }: SignedAdminToken,
    appId?: string,
  ): Promise<AdminPrincipal | AdminRefusal> {
    if (appId !== undefined && claims.client_id !== appId) return 'wrong_app';
    if (!this.control.isIssuer(claims.iss) || claims.aud !== claims.iss) return 'wrong_app';
    if (toUnixSeconds(this.clock.nowMs()) >= claims.exp + this.leewaySeconds) return 'expired';
    if (this.signed.isKeyRemoved(keyId)) return 'expired';
    if (this.signed.isKeyRevoked(keyId)) return 'key_revoked';
    // An admin token dies with what got it: the secret, or the person's session.
    const { sid } = claims;
    const stands = sid === undefined ? this.#hasSecret(claims) : this.#isGranted(claims, sid);
    return (await stands) ? new AdminPrincipal(claims) : 'revoked';
  }

  /** Whether the person may still do all that the token says. */
  async #isGranted({ client_id: appId, sub, scope }: AdminTokenClaims, sid: string) {
    const granted = await this.operators.scopesOf(appId, sub, sid);
    return granted !== undefined && scope.split(' ').every((word) => granted.includes(word));
  }

  async #hasSecret({ client_id: appId, secret }: AdminTokenClaims): Promise<boolean> {
    const isIt = ({ id }: { id: string }) => id === secret;
    if (this.control.validSecrets(appId).some(isIt)) return true;
    if (this.control.secrets(appId).some(isIt)) return false;
    await this.follower.readAfterNow();
    return this.control.validSecrets(appId).some(isIt);
  }
}
