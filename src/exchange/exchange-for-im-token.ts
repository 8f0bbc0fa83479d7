import { BrokerError } from '../common/errors.js';
import type { Principal } from '../contracts/principal.js';
import type { AppDirectory } from '../im/apps/app-directory.js';
import { DEFAULT_USER_SCOPE, hasScope } from '../im/scopes.js';
import type { MintedToken, MintUserToken } from '../im/tokens/mint-user-token.js';

export interface ExchangeRequest {
  /** OpenIM's platform id. */
  readonly platformId: number;
  /** Empty: that of the login, where it named one. */
  readonly deviceId: string;
  /** Space-separated; the default of user tokens when absent. */
  readonly scope?: string;
}

/** Who asks: the person, through a client, or the app itself, by its secret. */
export type AskedBy = 'person' | 'app';

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

  /**
   * A person gets no words beyond the default scope: verifiers may take others for something that
   * the app has granted. Errors: `invalid_scope`, those of `MintUserToken.mint`, among them
   * `token_business_session_ended`.
   */
  async exchange(
    person: Principal,
    request: ExchangeRequest,
    askedBy: AskedBy,
  ): Promise<MintedToken> {
    if (askedBy === 'person') requireDefaultScope(request.scope);
    const rules = await this.apps.rules(person.appId);
    const { userId, business } = person;
    const deviceId = request.deviceId === '' ? person.deviceId : request.deviceId;
    const wanted = {
      ...request,
      deviceId,
      userId,
      ...(business === undefined ? {} : { business }),
    };
    return this.minting.mint(rules, wanted, this.ttlSeconds);
  }
}

function requireDefaultScope(scope = ''): void {
  const words = scope.split(' ').filter((word) => word !== '');
  if (words.every((word) => hasScope(DEFAULT_USER_SCOPE, word))) return;
  throw new BrokerError('invalid_scope', `scope must be some of ${DEFAULT_USER_SCOPE}`);
}
