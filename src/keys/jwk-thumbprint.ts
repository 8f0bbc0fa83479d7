import { createHash } from 'node:crypto';

/** The public part of an ES256 key as a JWK (RFC 7518 §6.2.1), required members only. */
export interface EcPublicJwk {
  readonly kty: 'EC';
  readonly crv: 'P-256';
  readonly x: string;
  readonly y: string;
}

/**
 * The JWK thumbprint (RFC 7638 §3): SHA-256, base64url, 43 characters.
 *
 * `required` holds the members that the key type requires (§3.2) and nothing else.
 */
export function jwkThumbprint(required: object): string {
  const members = Object.entries(required).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256')
    .update(JSON.stringify(Object.fromEntries(members)))
    .digest('base64url');
}
