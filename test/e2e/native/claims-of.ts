/** The claims of a token, unverified. */
export interface Claims {
  readonly iss: string;
  readonly sub: string;
  readonly aud: string;
  readonly jti: string;
  /** The user's version that a copy must have to judge the token. */
  readonly ver: number;
  readonly sid: string;
  readonly iat: number;
  readonly exp: number;
  readonly scope: string;
  readonly role?: string;
  readonly UserID: string;
  readonly PlatformID: number;
}

export function claimsOf(token: string): Claims {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8')) as Claims;
}
