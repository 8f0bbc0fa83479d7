import type { ParsedJws } from '../../keys/jws.js';

/**
 * `typ` of the tokens of the IM tier. They keep the kinds apart (RFC 8725 §3.11): one is never
 * taken for the other, whatever its claims.
 */
export const USER_TOKEN_TYPE = 'im+jwt';
export const ADMIN_TOKEN_TYPE = 'admin+jwt';

/**
 * Claims of a user token. `UserID` and `PlatformID` are OpenIM's names
 * (openimsdk/tools, `tokenverify/jwt_token.go`); times are Unix seconds.
 */
export interface UserTokenClaims {
  readonly iss: string;
  /** User id. */
  readonly sub: string;
  /** App id. */
  readonly aud: string;
  readonly jti: string;
  /** Session id. */
  readonly sid: string;
  readonly iat: number;
  readonly exp: number;
  /** The user's version that admitted the session, or that it was renewed at. */
  readonly ver: number;
  readonly scope: string;
  /** Role of the user; absent when empty. */
  readonly role?: string;
  /** Device id; absent when empty. */
  readonly device?: string;
  readonly UserID: string;
  readonly PlatformID: number;
}

/** Claims of an admin token. */
export interface AdminTokenClaims {
  readonly iss: string;
  /** The broker itself: the issuer. */
  readonly aud: string;
  /** The admin's user id, or the app's id where a server speaks for itself. */
  readonly sub: string;
  /** App id (RFC 9068 §2.2). */
  readonly client_id: string;
  readonly jti: string;
  readonly iat: number;
  readonly exp: number;
  /** When the app secret was shown, or the person proven. */
  readonly auth_time: number;
  readonly scope: string;
  /** Id of the app secret that got it; absent in a person's. */
  readonly secret?: string;
  /** The person's business session, with which it dies; absent in a server's. */
  readonly sid?: string;
  readonly UserID: string;
  readonly PlatformID: number;
}

/** The claims if they have the form that ours have. They are not verified by this. */
export function asUserToken({ header, claims }: ParsedJws): UserTokenClaims | undefined {
  const has =
    header.typ === USER_TOKEN_TYPE &&
    areStrings(claims, ['iss', 'sub', 'aud', 'jti', 'sid', 'scope', 'UserID']) &&
    areNumbers(claims, ['iat', 'exp', 'ver', 'PlatformID']) &&
    isOptionalString(claims['role']) &&
    isOptionalString(claims['device']);
  return has ? (claims as unknown as UserTokenClaims) : undefined;
}

export function asAdminToken({ header, claims }: ParsedJws): AdminTokenClaims | undefined {
  const has =
    header.typ === ADMIN_TOKEN_TYPE &&
    areStrings(claims, ['iss', 'aud', 'sub', 'client_id', 'jti', 'scope', 'UserID']) &&
    // A server's or a person's, and nobody else's.
    areStrings(claims, [claims['sid'] === undefined ? 'secret' : 'sid']) &&
    areNumbers(claims, ['iat', 'exp', 'auth_time', 'PlatformID']);
  return has ? (claims as unknown as AdminTokenClaims) : undefined;
}

type Claims = ParsedJws['claims'];

function areStrings(claims: Claims, names: readonly string[]): boolean {
  return names.every((name) => typeof claims[name] === 'string');
}

function areNumbers(claims: Claims, names: readonly string[]): boolean {
  return names.every((name) => Number.isSafeInteger(claims[name]));
}

function isOptionalString(value: unknown): boolean {
  return value === undefined || typeof value === 'string';
}
