import { createPrivateKey, createPublicKey, createSecretKey, type KeyObject } from 'node:crypto';
import type { KeyRow } from '../ports/control-ledger.port.js';
import type { MasterKey } from '../ports/master-key.port.js';
import { jwkThumbprint, type EcPublicJwk } from './jwk-thumbprint.js';
import { unsealPrivateKey } from './sealed-key.js';

/**
 * The private part of a row, unsealed: for ES256 a private key whose public half is the row's.
 * Throws, naming the key, when the master key is not the one that sealed it or the row was altered.
 */
export async function openPrivateKey(row: KeyRow, masterKey: MasterKey): Promise<KeyObject> {
  try {
    const bytes = await unsealPrivateKey(row.sealedPrivate, row, masterKey);
    try {
      return row.algorithm === 'HS256' ? createSecretKey(bytes) : openEcKey(bytes, row);
    } finally {
      bytes.fill(0);
    }
  } catch (cause) {
    throw namingKey(row, cause);
  }
}

/**
 * The public half of an ES256 row. Throws, naming the key, when it isn't the one that the key's id
 * is the thumbprint of.
 */
export function openPublicKey(row: KeyRow): { jwk: EcPublicJwk; key: KeyObject } {
  try {
    const { kty, crv, x, y } = JSON.parse(row.publicJwk) as EcPublicJwk;
    const jwk = { kty, crv, x, y };
    if (kty !== 'EC' || crv !== 'P-256' || jwkThumbprint(jwk) !== row.id) {
      throw new Error('The public key is not the one that the key id stands for.');
    }
    return { jwk, key: createPublicKey({ key: jwk, format: 'jwk' }) };
  } catch (cause) {
    throw namingKey(row, cause);
  }
}

function openEcKey(pkcs8: Buffer, row: KeyRow): KeyObject {
  const key = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });
  if (!createPublicKey(key).equals(openPublicKey(row).key)) {
    throw new Error('The private key does not belong to the public one.');
  }
  return key;
}

function namingKey(row: KeyRow, cause: unknown): Error {
  const reason = cause instanceof Error ? cause.message : 'unknown reason';
  return new Error(`Signing key ${row.id} of ring ${row.ring} can't be opened: ${reason}`, {
    cause,
  });
}
