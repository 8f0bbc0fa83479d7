import { compactVerify, EmbeddedJWK } from 'jose';
import { BrokerError } from '../../common/errors.js';
import { jwkThumbprint } from '../../keys/jwk-thumbprint.js';
import { MAX_TOKEN_LENGTH } from '../../keys/jws.js';
import { parseJws } from '../../keys/parse-jws.js';
import { publicJwk } from '../../keys/public-jwk.js';

/** Asymmetric ones only (RFC 9449 §4.2). `EdDSA` is the older name of `Ed25519` (RFC 9864). */
export const DPOP_ALGORITHMS = ['ES256', 'ES384', 'Ed25519', 'EdDSA', 'PS256', 'RS256'] as const;

/** A proof whose signature is good; for what it was made is still to be compared. */
export interface ReadProof {
  /** The thumbprint (RFC 7638, SHA-256) of the key that signed it. */
  readonly jkt: string;
  readonly claims: Readonly<Record<string, unknown>>;
}

/** What `compactVerify` is told; it takes an array that could be written to. */
const OPTIONS = { algorithms: [...DPOP_ALGORITHMS] };

/**
 * Reads a DPoP proof and verifies it with the key in it: steps 2 and 4 to 7 of RFC 9449 §4.3.
 * Throws `invalid_dpop_proof`.
 */
export async function readProof(text: string): Promise<ReadProof> {
  if (text.length > MAX_TOKEN_LENGTH) throw refusedProof('it is too long');
  const parsed = parseJws(text);
  if (parsed === undefined) throw refusedProof('it is no JWT');
  const { header, claims } = parsed;
  if (header.typ !== 'dpop+jwt') throw refusedProof('its typ is not dpop+jwt');
  if (!DPOP_ALGORITHMS.some((algorithm) => algorithm === header.alg)) {
    throw refusedProof(`its alg is none of ${DPOP_ALGORITHMS.join(', ')}`);
  }
  const key = publicJwk(embeddedKey(text));
  if (key === undefined) throw refusedProof('its jwk is no public key that is taken');
  try {
    // It takes the key from the header, too, and minds its `use`, `alg` and `key_ops`.
    await compactVerify(text, EmbeddedJWK, OPTIONS);
  } catch (cause) {
    throw refusedProof('its signature is not good', cause);
  }
  return { jkt: jwkThumbprint(key), claims };
}

/** The `jwk` of a header that was parsed before. */
function embeddedKey(text: string): unknown {
  const header = Buffer.from(text.slice(0, text.indexOf('.')), 'base64url').toString('utf8');
  return (JSON.parse(header) as { readonly jwk?: unknown }).jwk;
}

export function refusedProof(why: string, cause?: unknown): BrokerError {
  const detail = `the DPoP proof is refused: ${why}`;
  return new BrokerError('invalid_dpop_proof', detail, cause === undefined ? {} : { cause });
}
