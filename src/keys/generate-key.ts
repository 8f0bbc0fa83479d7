import { generateKeyPair } from 'node:crypto';
import { promisify } from 'node:util';
import { newId, type Entropy } from '../common/ids.js';
import type { KeyRow } from '../ports/control-ledger.port.js';
import type { MasterKey } from '../ports/master-key.port.js';
import { jwkThumbprint, type EcPublicJwk } from './jwk-thumbprint.js';
import { algorithmOf } from './ring.js';
import { sealPrivateKey } from './sealed-key.js';

/** A key that is not in the ledger yet: it has no dates. */
export type NewKey = Pick<KeyRow, 'id' | 'ring' | 'algorithm' | 'publicJwk' | 'sealedPrivate'>;

const generatePair = promisify(generateKeyPair);
/** As long as the hash (RFC 7518 §3.2). */
const SECRET_BYTES = 32;

/**
 * Makes a key for a ring, its private part sealed already: EC P-256 with its thumbprint (RFC 7638)
 * as `kid` for ES256, 32 random bytes with a random `kid` for HS256.
 */
export async function generateKey(
  ring: string,
  masterKey: MasterKey,
  entropy: Entropy,
): Promise<NewKey> {
  const algorithm = algorithmOf(ring);
  const { id, publicJwk, privatePart } =
    algorithm === 'ES256' ? await generateEcPair() : generateSecret(entropy);
  const use = { id, ring, algorithm };
  try {
    const sealedPrivate = await sealPrivateKey(privatePart, use, masterKey, entropy);
    return { ...use, publicJwk, sealedPrivate };
  } finally {
    privatePart.fill(0);
  }
}

/** The ledger's row of a new key, published at `nowSeconds` and signing at once if it is to be active. */
export function publishKey(key: NewKey, state: 'active' | 'upcoming', nowSeconds: number): KeyRow {
  return {
    ...key,
    publishedAt: nowSeconds,
    activatedAt: state === 'active' ? nowSeconds : null,
    retiredAt: null,
    revokedAt: null,
    revokedBy: null,
    revokedReason: null,
    removedAt: null,
    signsUntil: nowSeconds,
  };
}

interface KeyParts {
  readonly id: string;
  readonly publicJwk: string;
  readonly privatePart: Buffer;
}

async function generateEcPair(): Promise<KeyParts> {
  const { publicKey, privateKey } = await generatePair('ec', { namedCurve: 'P-256' });
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' });
  const jwk: EcPublicJwk = { kty: 'EC', crv: 'P-256', x, y };
  return {
    id: jwkThumbprint(jwk),
    publicJwk: JSON.stringify(jwk),
    privatePart: privateKey.export({ format: 'der', type: 'pkcs8' }),
  };
}

function generateSecret(entropy: Entropy): KeyParts {
  return {
    id: newId(entropy, 'key'),
    publicJwk: '',
    privatePart: entropy.bytes(SECRET_BYTES),
  };
}
