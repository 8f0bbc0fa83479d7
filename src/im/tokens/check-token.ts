import type { CheckAdminToken } from '../apps/check-admin-token.js';
import { ADMIN_PLATFORM } from '../platforms.js';
import type { CheckUserToken } from './check-user-token.js';
import { refusal } from './refusal.js';
import type { SignedTokens } from './signed-tokens.js';

export interface TokenHolder {
  readonly userId: string;
  readonly platformId: number;
  /** Unix seconds. */
  readonly expiresAt: number;
}

/** Checks a token of either kind. */
export class CheckToken {
  constructor(
    private readonly signed: SignedTokens,
    private readonly users: CheckUserToken,
    private readonly admins: CheckAdminToken,
  ) {}

  /** Who holds the token. Throws `token_*` when it is refused, `ledger_unavailable`. */
  async check(appId: string, token: string): Promise<TokenHolder> {
    if (this.signed.seen(token)?.kind === 'admin') return this.#admin(appId, token);
    const { status, claims } = await this.users.check(appId, token);
    if (status === 'active' && claims !== undefined) {
      return { userId: claims.sub, platformId: claims.PlatformID, expiresAt: claims.exp };
    }
    // Checking it as a user's has verified its signature, and so told its kind.
    if (this.signed.seen(token)?.kind === 'admin') return this.#admin(appId, token);
    throw refusal(status === 'active' ? 'malformed' : status);
  }

  async #admin(appId: string, token: string): Promise<TokenHolder> {
    const admin = await this.admins.check(token, appId);
    if (admin === 'not_admin') throw refusal('wrong_app');
    if (typeof admin === 'string') throw refusal(admin);
    return { userId: admin.name, platformId: ADMIN_PLATFORM, expiresAt: admin.expiresAt };
  }
}
