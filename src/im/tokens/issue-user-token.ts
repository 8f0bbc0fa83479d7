import { type Entropy, tokenIdOf } from '../../common/ids.js';
import { ringFor } from '../../keys/ring.js';
import type { SignTokens } from '../../keys/sign-tokens.js';
import type { Session } from '../../ports/user-record.js';
import type { AppRules } from '../apps/app-directory.js';
import { USER_TOKEN_TYPE, type UserTokenClaims } from './token-claims.js';

export interface TokenOf {
  readonly userId: string;
  readonly role: string;
  readonly session: Session;
  /** The user's version that a copy must have to judge the token: that of the session, or later. */
  readonly version: number;
  /** Unix seconds. */
  readonly issuedAt: number;
  /** Unix seconds; not after the session's expiry. */
  readonly expiresAt: number;
}

/** Signs user tokens of sessions that the ledger has committed. */
export class IssueUserToken {
  constructor(
    private readonly signing: SignTokens,
    private readonly entropy: Entropy,
    private readonly issuer: string,
  ) {}

  issue(
    rules: AppRules,
    { userId, role, session, version, issuedAt, expiresAt }: TokenOf,
  ): Promise<string> {
    const claims: UserTokenClaims = {
      iss: this.issuer,
      sub: userId,
      aud: rules.appId,
      jti: tokenIdOf(session.id, this.entropy),
      sid: session.id,
      iat: issuedAt,
      exp: expiresAt,
      ver: version,
      scope: session.scope,
      ...(role === '' ? {} : { role }),
      ...(session.deviceId === '' ? {} : { device: session.deviceId }),
      UserID: userId,
      PlatformID: session.platformId,
    };
    const ring = ringFor(rules.appId, rules.algorithm);
    return this.signing.sign(ring, USER_TOKEN_TYPE, claims);
  }
}
