import type { TokenRefusal, TokenStatus } from '../../common/errors.js';
import type { LedgerTrust } from '../../ledger/ledger-trust.js';
import type { CheckAdminToken } from '../apps/check-admin-token.js';
import { ADMIN_PLATFORM } from '../platforms.js';
import type { CheckUserToken } from './check-user-token.js';
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

/** Who holds a token, or why it is refused. */
export type CheckedToken = TokenHolder | TokenRefusal;

/** Checks a token of either kind. */
export class CheckToken {
  constructor(
    private readonly signed: SignedTokens,
    private readonly users: CheckUserToken,
    private readonly admins: CheckAdminToken,
    private readonly trust: LedgerTrust,
  ) {}

  /**
   * At once where memory holds all that it takes, else a promise. A refusal is returned, for it
   * must not cost more than a yes; `ledger_unavailable` is thrown or rejects.
   */
  check(appId: string, token: string): CheckedToken | Promise<CheckedToken> {
    const seen = this.trust.isFresh() ? this.signed.seen(token) : undefined;
    return seen === undefined ? this.#afterVerifying(appId, token) : this.#judge(appId, seen);
  }

  async #afterVerifying(appId: string, token: string): Promise<CheckedToken> {
    if (!this.trust.isFresh()) await this.trust.renew();
    const signed = this.signed.seen(token) ?? (await this.signed.verify(token));
    return typeof signed === 'string' ? signed : this.#judge(appId, signed);
  }

  #judge(appId: string, signed: SignedToken): CheckedToken | Promise<CheckedToken> {
    if (signed.kind === 'admin') return this.#admin(appId, signed);
    const status = this.users.judge(appId, signed);
    return typeof status === 'string'
      ? checked(signed, status)
      : status.then((later) => checked(signed, later));
  }

  async #admin(appId: string, signed: SignedAdminToken): Promise<CheckedToken> {
    const admin = await this.admins.judge(signed, appId);
    if (admin === 'not_admin') return 'wrong_app';
    if (typeof admin === 'string') return admin;
    return { userId: admin.name, platformId: ADMIN_PLATFORM, expiresAt: admin.expiresAt };
  }
}

function checked({ claims }: SignedUserToken, status: TokenStatus): CheckedToken {
  if (status !== 'active') return status;
  return { userId: claims.sub, platformId: claims.PlatformID, expiresAt: claims.exp };
}
