import type { JWTPayload } from 'jose';
import { idProblem } from '../../common/identifiers.js';
import type { TrustedIssuerRow } from '../../ports/control-ledger.port.js';
import { userIdOf } from './user-id-template.js';

/**
 * The IM user id of whom verified claims speak: the issuer's claim, a text or a whole number, put
 * into its template. Undefined where that is none that an IM user may have.
 */
export function foreignUserId(row: TrustedIssuerRow, claims: JWTPayload): string | undefined {
  const claim = Object.hasOwn(claims, row.userIdClaim) ? claims[row.userIdClaim] : undefined;
  // A number that is not safe was read as another one than was signed.
  const id = typeof claim === 'number' && Number.isSafeInteger(claim) ? String(claim) : claim;
  if (typeof id !== 'string' || id === '') return undefined;
  const userId = userIdOf(row, id);
  // OpenIM takes no colon in the id of a user who is new (`user_register`).
  return idProblem(userId) === undefined && !userId.includes(':') ? userId : undefined;
}
