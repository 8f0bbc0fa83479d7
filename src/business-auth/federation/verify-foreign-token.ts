import { errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { BrokerError } from '../../common/errors.js';
import type { TrustedIssuerRow } from '../../ports/control-ledger.port.js';

/** Signatures that are taken: asymmetric ones, so that nobody signs with what is public. */
const ALGORITHMS = [
  ...['ES256', 'ES384', 'ES512', 'Ed25519', 'EdDSA'],
  ...['PS256', 'PS384', 'PS512', 'RS256', 'RS384', 'RS512'],
];
/** How far the issuer's clock may be off. */
const LEEWAY_SECONDS = 60;

/** What jose's codes are called to the caller. Nothing of the token is in it. */
const REASONS: Readonly<Record<string, string>> = {
  [errors.JOSEAlgNotAllowed.code]: 'its alg is none that is taken',
  [errors.JWKSNoMatchingKey.code]: 'its issuer has no such key',
  [errors.JWKSMultipleMatchingKeys.code]: 'its issuer has more than one such key',
  [errors.JWSSignatureVerificationFailed.code]: 'its signature is not good',
  [errors.JWTExpired.code]: 'it has expired',
};

/**
 * Verifies a token with a key of the issuer, by the `kid` in it, and that it is meant for the app
 * and valid now: `iss`, `aud`, `exp` (which it must have), `nbf`, `iat` and `auth_time` (which must
 * not lie ahead). How long it lives is the issuer's decision, as is how old it may be.
 *
 * `now`: Unix milliseconds. Throws `invalid_grant`, and what `keys` throws of ours.
 */
export async function verifyForeignToken(
  { issuer, audience }: TrustedIssuerRow,
  token: string,
  keys: JWTVerifyGetKey,
  now: number,
): Promise<JWTPayload> {
  const claims = await verified(token, keys, {
    ...{ issuer, audience },
    algorithms: ALGORITHMS,
    requiredClaims: ['exp'],
    clockTolerance: LEEWAY_SECONDS,
    currentDate: new Date(now),
  });
  const latest = now / 1000 + LEEWAY_SECONDS;
  for (const claim of ['iat', 'auth_time']) {
    const time = claims[claim];
    if (time === undefined) continue;
    if (typeof time !== 'number' || time > latest) {
      throw refusedToken(`its ${claim} is not in the past`);
    }
  }
  return claims;
}

async function verified(...asked: Parameters<typeof jwtVerify>): Promise<JWTPayload> {
  try {
    return (await jwtVerify(...asked)).payload;
  } catch (error) {
    if (error instanceof BrokerError) throw error;
    throw refusedToken(reasonOf(error));
  }
}

/** jose's errors hold the claims, so they go no further. */
function reasonOf(error: unknown): string {
  if (error instanceof errors.JWTClaimValidationFailed) return `its ${error.claim} is not right`;
  const code = error instanceof errors.JOSEError ? error.code : '';
  return REASONS[code] ?? 'it can not be verified';
}

export function refusedToken(why: string): BrokerError {
  return new BrokerError('invalid_grant', `the token is refused: ${why}`);
}
