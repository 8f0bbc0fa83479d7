import type { CheckAdminToken } from '../apps/check-admin-token.js';
import type { CheckUserToken } from './check-user-token.js';
import type { SignedTokens } from './signed-tokens.js';
import type { AdminTokenClaims, UserTokenClaims } from './token-claims.js';

/** A token of the app that works now, of either kind. */
export type ActiveToken =
  | { readonly kind: 'user'; readonly claims: UserTokenClaims }
  | { readonly kind: 'admin'; readonly claims: AdminTokenClaims };

/** Tells whether a token of an app works, and what it says if it does. */
export class IntrospectToken {
  constructor(
    private readonly signed: SignedTokens,
    private readonly users: CheckUserToken,
    private readonly admins: CheckAdminToken,
  ) {}

  /** Undefined for any token that does not work or is not this app's. Throws `ledger_unavailable`. */
  async active(appId: string, token: string): Promise<ActiveToken | undefined> {
    const { status, claims } = await this.users.check(appId, token);
    if (status === 'active' && claims !== undefined) return { kind: 'user', claims };
    if (typeof (await this.admins.check(token, appId)) === 'string') return undefined;
    const signed = this.signed.seen(token) ?? (await this.signed.verify(token));
    if (typeof signed === 'string' || signed.kind !== 'admin') return undefined;
    return { kind: 'admin', claims: signed.claims };
  }
}
