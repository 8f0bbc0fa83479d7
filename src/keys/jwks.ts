import { createHash } from 'node:crypto';
import type { EcPublicJwk } from './jwk-thumbprint.js';
import type { OpenKey } from './opened-keys.js';
import { keyState } from './ring.js';

/** A public key as verifiers fetch it (RFC 7517 §4). */
export interface PublishedJwk extends EcPublicJwk {
  readonly kid: string;
  readonly alg: 'ES256';
  readonly use: 'sig';
}

/** A JWK set (RFC 7517 §5). */
export interface PublishedJwks {
  readonly keys: readonly PublishedJwk[];
}

/** Upcoming, active and retiring public keys, oldest first: no HS256, removed or revoked one. */
export function publishedJwks(keys: readonly OpenKey[]): PublishedJwks {
  return {
    keys: keys
      .filter(({ row }) => row.removedAt === null && keyState(row) !== 'revoked')
      .sort((a, b) => a.row.publishedAt - b.row.publishedAt || (a.row.id < b.row.id ? -1 : 1))
      .flatMap(({ row, publicHalf }) =>
        publicHalf === undefined
          ? []
          : [{ ...publicHalf.jwk, kid: row.id, alg: 'ES256', use: 'sig' } as const],
      ),
  };
}

/** The entity tag of a set (RFC 9110 §8.8.3): another for every other set, the same on every broker. */
export function jwksTag(jwks: PublishedJwks): string {
  return `"${createHash('sha256').update(JSON.stringify(jwks)).digest('base64url').slice(0, 22)}"`;
}
