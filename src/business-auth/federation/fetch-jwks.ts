import type { JSONWebKeySet, JWK } from 'jose';

const TIMEOUT_MS = 3000;
const MAX_BYTES = 256 * 1024;
const MAX_KEYS = 100;
/** Public parts of asymmetric keys: what else a set holds is left out. */
const PUBLIC_MEMBERS = ['kty', 'kid', 'use', 'alg', 'crv', 'x', 'y', 'n', 'e'] as const;
const ASYMMETRIC = ['EC', 'RSA', 'OKP'];

/**
 * Fetches a JWKS (RFC 7517 §5) from an address that an operator has named: bounded in time and
 * size, no redirect followed. Throws when it can't be had or is none.
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
  return { keys: keys.filter(isAsymmetric).map(publicPart) };
}

function isAsymmetric(key: unknown): key is JWK {
  const kty = (key as { kty?: unknown } | null)?.kty;
  return typeof kty === 'string' && ASYMMETRIC.includes(kty);
}

function publicPart(key: JWK): JWK {
  const entries = PUBLIC_MEMBERS.filter((member) => typeof key[member] === 'string');
  return Object.fromEntries(entries.map((member) => [member, key[member]]));
}
