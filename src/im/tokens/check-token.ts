import type { TokenStatus } from '../../common/errors.js';
import type { LedgerTrust } from '../../ledger/ledger-trust.js';
import type { CheckAdminToken } from '../apps/check-admin-token.js';
import { ADMIN_PLATFORM } from '../platforms.js';
import type { CheckUserToken } from './check-user-token.js';
import { refusal } from './refusal.js';
import type {
  SignedAdminToken,
  SignedToken,
  SignedTokens,
  SignedUserToken,
} from './signed-tokens.js';

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

  /**
   * Who holds the token: at once where memory holds all that it takes, else a promise. Throws or
   * rejects with `token_*` when it is refused, `ledger_unavailable`.
   */
  check(appId: string, token: string): TokenHolder | Promise<TokenHolder> {
    const seen = this.trust.isFresh() ? this.signed.seen(token) : undefined;
    return seen === undefined ? this.#afterVerifying(appId, token) : this.#judge(appId, seen);
  }

  async #afterVerifying(appId: string, token: string): Promise<TokenHolder> {
    if (!this.trust.isFresh()) await this.trust.renew();
    const signed = this.signed.seen(token) ?? (await this.signed.verify(token));
    if (typeof signed === 'string') throw refusal(signed);
    return this.#judge(appId, signed);
  }

  #judge(appId: string, signed: SignedToken): TokenHolder | Promise<TokenHolder> {
    if (signed.kind === 'admin') return this.#admin(appId, signed);
    const status = this.users.judge(appId, signed);
    return typeof status === 'string'
      ? holderOf(signed, status)
      : status.then((later) => holderOf(signed, later));
  }

  async #admin(appId: string, signed: SignedAdminToken): Promise<TokenHolder> {
    const admin = await this.admins.judge(signed, appId);
    if (admin === 'not_admin') throw refusal('wrong_app');
    if (typeof admin === 'string') throw refusal(admin);
    return { userId: admin.name, platformId: ADMIN_PLATFORM, expiresAt: admin.expiresAt };
  }
}

function holderOf({ claims }: SignedUserToken, status: TokenStatus): TokenHolder {
  if (status !== 'active') throw refusal(status);
  return { userId: claims.sub, platformId: claims.PlatformID, expiresAt: claims.exp };
}
