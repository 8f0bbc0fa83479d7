import type { ParsedJws } from '../../keys/jws.js';

/** `typ` of business access tokens (RFC 9068 §2.1): no IM token has it, nor the other way round. */
export const ACCESS_TOKEN_TYPE = 'at+jwt';

/** Claims of a business access token (RFC 9068 §2.2). Times are Unix seconds. */
export interface AccessTokenClaims {
  readonly iss: string;
  /** Account id. */
  readonly sub: string;
  /** See {@link businessAudience}. */
  readonly aud: string;
  readonly client_id: string;
  readonly jti: string;
  /** Business session id. */
  readonly sid: string;
  readonly iat: number;
  readonly exp: number;
  readonly auth_time: number;
  readonly acr: string;
  readonly amr: readonly string[];
  /** The key that it is bound to (RFC 9449 §6.1); absent: none. */
  readonly cnf?: { readonly jkt: string };
}

const AUDIENCE = 'urn:countersign:business:';

/** The `aud` of an app's business access tokens. The app's id alone is the one of IM tokens. */
export function businessAudience(appId: string): string {
  return AUDIENCE + appId;
}

/** The app of an `aud` that {@link businessAudience} made. */
export function appOfAudience(audience: string): string | undefined {
  return audience.startsWith(AUDIENCE) ? audience.slice(AUDIENCE.length) : undefined;
}

/** The claims if they have the form that ours have. They are not verified by this. */
export function asAccessToken({ header, claims }: ParsedJws): AccessTokenClaims | undefined {
  const has =
    header.typ === ACCESS_TOKEN_TYPE &&
    STRINGS.every((name) => typeof claims[name] === 'string') &&
    NUMBERS.every((name) => Number.isSafeInteger(claims[name])) &&
    Array.isArray(claims['amr']) &&
    isConfirmation(claims['cnf']);
  return has ? (claims as unknown as AccessTokenClaims) : undefined;
}

const STRINGS = ['iss', 'sub', 'aud', 'client_id', 'jti', 'sid', 'acr'];
const NUMBERS = ['iat', 'exp', 'auth_time'];

function isConfirmation(value: unknown): boolean {
  if (value === undefined) return true;
  return (
    typeof value === 'object' && value !== null && 'jkt' in value && typeof value.jkt === 'string'
  );
}
