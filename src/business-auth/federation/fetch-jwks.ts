import type { JSONWebKeySet, JWK } from 'jose';
import { publicJwk } from '../../keys/public-jwk.js';

const TIMEOUT_MS = 3000;
const MAX_BYTES = 256 * 1024;
const MAX_KEYS = 100;

/**
 * Fetches a JWKS (RFC 7517 §5) from an address that an operator has named: bounded in time, to the
 * last byte, and in size, unpacked; no redirect is followed. Only public parts of asymmetric keys
 * are returned, of whatever else the set holds nothing. Throws when it can't be had or is none.
 *
 * jose's own `createRemoteJWKSet` bounds no size and reads the machine's clock.
 */
export async function fetchJwks(url: string): Promise<JSONWebKeySet> {
  const response = await fetch(url, {
    redirect: 'error',
    headers: { accept: 'application/jwk-set+json, application/json' },
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  if (response.status !== 200) {
    await response.body?.cancel();
    throw new Error(`the JWKS was answered with ${response.status}`);
  }
  return keysOf(JSON.parse(await boundedText(response)));
}

async function boundedText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += chunk.byteLength;
    if (bytes > MAX_BYTES) throw new Error('the JWKS is too large');
    chunks.push(chunk);
  }
  return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks));
}

function keysOf(content: unknown): JSONWebKeySet {
  const keys = (content as { keys?: unknown } | null)?.keys;
  if (!Array.isArray(keys) || keys.length > MAX_KEYS) throw new Error('this is no JWKS');
  return { keys: keys.map(usableKey).filter((key) => key !== undefined) };
}

/** A key with what it says of its use; what is of the wrong type there makes it unusable. */
function usableKey(value: unknown): JWK | undefined {
  const key = publicJwk(value);
  if (key === undefined) return undefined;
  const { kid, use, alg, key_ops: operations } = value as Readonly<Record<string, unknown>>;
  const words = Object.entries({ kid, use, alg }).filter(([, word]) => word !== undefined);
  if (!words.every(([, word]) => typeof word === 'string')) return undefined;
  const said = Object.fromEntries(words) as JWK;
  if (operations === undefined) return { ...key, ...said };
  if (!Array.isArray(operations) || !operations.every((each) => typeof each === 'string')) {
    return undefined;
  }
  return { ...key, ...said, key_ops: operations };
}
