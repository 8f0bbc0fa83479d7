import type { LedgerTrust } from '../../ledger/ledger-trust.js';
import type { CheckAdminToken } from '../apps/check-admin-token.js';
import { ADMIN_PLATFORM } from '../platforms.js';
import type { CheckUserToken } from './check-user-token.js';
import { refusal } from './refusal.js';
import type { SignedAdminToken, SignedTokens, SignedUserToken } from './signed-tokens.js';

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
    private readonly trust: LedgerTrust,
  ) {}

  /** Who holds the token. Throws `token_*` when it is refused, `ledger_unavailable`. */
  async check(appId: string, token: string): Promise<TokenHolder> {
    if (!this.trust.isFresh()) await this.trust.renew();
    const signed = this.signed.seen(token) ?? (await this.signed.verify(token));
    if (typeof signed === 'string') throw refusal(signed);
    return signed.kind === 'user' ? this.#user(appId, signed) : this.#admin(appId, signed);
  }

  async #user(appId: string, signed: SignedUserToken): Promise<TokenHolder> {
    const { status } = await this.users.judge(appId, signed);
    if (status !== 'active') throw refusal(status);
    const { sub: userId, PlatformID: platformId, exp: expiresAt } = signed.claims;
    return { userId, platformId, expiresAt };
  }

  async #admin(appId: string, signed: SignedAdminToken): Promise<TokenHolder> {
    const admin = await this.admins.judge(signed, appId);
    if (admin === 'not_admin') throw refusal('wrong_app');
    if (typeof admin === 'string') throw refusal(admin);
    return { userId: admin.name, platformId: ADMIN_PLATFORM, expiresAt: admin.expiresAt };
  }
}
