import type { BusinessSession } from '../ports/account-record.js';

/**
 * How strongly a person was proven (`acr`, OpenID Connect Core §2): by one factor, or by two of
 * different kinds. A passkey that verified its user is two in one (NIST SP 800-63B §3.1.7).
 */
export const SINGLE_FACTOR = 'urn:countersign:acr:single';
export const MULTI_FACTOR = 'urn:countersign:acr:multi';

/** How (RFC 8176 §2): `pwd` password, `otp` code, `rec` recovery code, `hwk` passkey. */
export type AuthenticationMethod = 'pwd' | 'otp' | 'rec' | 'hwk' | 'user' | 'mfa';

/** A proof of who somebody is, just given. */
export interface Proof {
  readonly acr: string;
  readonly amr: readonly string[];
}

export const BY_PASSWORD: Proof = { acr: SINGLE_FACTOR, amr: ['pwd'] };

/** By a passkey that verified its user, by a PIN or a finger. */
export const BY_PASSKEY: Proof = { acr: MULTI_FACTOR, amr: ['hwk', 'user', 'mfa'] };

/** A proof by a second factor after a first one, which is a password or a passkey. */
export function byBoth(first: AuthenticationMethod, second: AuthenticationMethod): Proof {
  return { acr: MULTI_FACTOR, amr: [...new Set([first, second, 'mfa'])] };
}

/** What a session was begun with. */
export function firstFactorOf({ amr }: Pick<BusinessSession, 'amr'>): AuthenticationMethod {
  return amr.includes('pwd') ? 'pwd' : 'hwk';
}

/** Whether a proof is as strong as is wanted. */
export function isAsStrongAs(acr: BusinessSession['acr'], wanted: string): boolean {
  return acr === MULTI_FACTOR || acr === wanted;
}
