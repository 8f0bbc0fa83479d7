import { type Entropy, newId } from '../../common/ids.js';
import { SHARED_RING } from '../../keys/ring.js';
import type { SignTokens } from '../../keys/sign-tokens.js';
import type { BusinessSession } from '../../ports/account-record.js';
import {
  ACCESS_TOKEN_TYPE,
  type AccessTokenClaims,
  businessAudience,
} from './access-token-claims.js';

export interface AccessToken {
  readonly accessToken: string;
  /** Unix seconds. */
  readonly expiresAt: number;
}

export interface AccessTokenOptions {
  readonly issuer: string;
  readonly ttlSeconds: number;
}

/** Signs business access tokens, always ES256: anyone can verify them with the JWKS. */
export class IssueAccessToken {
  constructor(
    private readonly signing: SignTokens,
    private readonly entropy: Entropy,
    private readonly options: AccessTokenOptions,
  ) {}

  /** Of a session as the ledger has it; `now` in Unix seconds. */
  async issue(
    appId: string,
    accountId: string,
    session: BusinessSession,
    now: number,
  ): Promise<AccessToken> {
    const { issuer, ttlSeconds } = this.options;
    const expiresAt = now + ttlSeconds;
    const claims: AccessTokenClaims = {
      iss: issuer,
      sub: accountId,
      aud: businessAudience(appId),
      client_id: session.clientId,
      jti: newId(this.entropy, 'at'),
      sid: session.id,
      iat: now,
      exp: expiresAt,
      auth_time: session.authTime,
      acr: session.acr,
      amr: session.amr,
      ...(session.jkt === '' ? {} : { cnf: { jkt: session.jkt } }),
    };
    const accessToken = await this.signing.sign(SHARED_RING, ACCESS_TOKEN_TYPE, claims);
    return { accessToken, expiresAt };
  }
}
