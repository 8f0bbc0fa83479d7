import type { Principal } from '../contracts/principal.js';
import type { AppDirectory } from '../im/apps/app-directory.js';
import type { MintedToken, MintUserToken } from '../im/tokens/mint-user-token.js';

export interface ExchangeRequest {
  /** OpenIM's platform id. */
  readonly platformId: number;
  /** Empty: the caller names no device. */
  readonly deviceId: string;
  /** Space-separated; the default of user tokens when absent. */
  readonly scope?: string;
}

/**
 * Where the tiers meet: a person who was proven gets a user token of the IM user that they are,
 * under that user's status and role and the app's multi-login policy. It ends with the business
 * session that it came from.
 */
export class ExchangeForImToken {
  constructor(
    private readonly apps: AppDirectory,
    private readonly minting: MintUserToken,
    /** Lifetime where neither role nor app names one. */
    private readonly ttlSeconds: number,
  ) {}

  /** Errors: those of `MintUserToken.mint`, among them `token_business_session_ended`. */
  async exchange(person: Principal, request: ExchangeRequest): Promise<MintedToken> {
    const rules = await this.apps.rules(person.appId);
    const { userId, business } = person;
    const wanted = { ...request, userId, ...(business === undefined ? {} : { business }) };
    return this.minting.mint(rules, wanted, this.ttlSeconds);
  }
}
