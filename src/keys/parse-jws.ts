import { isUtf8 } from 'node:buffer';
import { MAX_TOKEN_LENGTH, type JwsHeader, type ParsedJws } from './jws.js';

const NO_HEADERS: ReadonlyMap<string, JwsHeader> = new Map();

/**
 * Takes a compact JWS (RFC 7515 §7.1) apart, or returns undefined where it is none that we could
 * have signed: too long, not three segments, not canonical base64url, a header or claims that are
 * no JSON objects, a header without `alg`, or with `crit` (§4.1.11). Never throws.
 *
 * `known` holds headers by their segment, decoded ahead (`KeyView.headers`); it saves time only.
 */
export function parseJws(
  token: string,
  known: ReadonlyMap<string, JwsHeader> = NO_HEADERS,
): ParsedJws | undefined {
  if (token.length > MAX_TOKEN_LENGTH) return undefined;
  const first = token.indexOf('.');
  const second = token.indexOf('.', first + 1);
  // A third dot is no base64url character, so it ends in the signature's check.
  if (second < 0) return undefined;
  const headerPart = token.slice(0, first);
  const header = known.get(headerPart) ?? parseHeader(headerPart);
  if (header === undefined) return undefined;
  const claims = parseObject(token.slice(first + 1, second));
  if (claims === undefined) return undefined;
  const signature = decode(token.slice(second + 1));
  if (signature === undefined) return undefined;
  return { header, claims, signingInput: token.slice(0, second), signature };
}

function parseHeader(segment: string): JwsHeader | undefined {
  const header = parseObject(segment);
  if (header === undefined || Object.hasOwn(header, 'crit')) return undefined;
  // Absent ones are legal in a JWT; they name no key and no kind of ours.
  const { alg, kid = '', typ = '' } = header;
  if (typeof alg !== 'string' || typeof kid !== 'string' || typeof typ !== 'string') {
    return undefined;
  }
  return { alg, kid, typ };
}

function parseObject(segment: string): Record<string, unknown> | undefined {
  const bytes = decode(segment);
  if (bytes === undefined || !isUtf8(bytes)) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  // An own `__proto__` would turn into a prototype where somebody assigns the members to another.
  if (Object.hasOwn(value, '__proto__')) return undefined;
  return value as Record<string, unknown>;
}

/**
 * Bytes of a segment. Node's decoder takes padding, both alphabets, blanks and stray last bits;
 * only what it would itself write is taken here, so that a token has one spelling.
 */
function decode(segment: string): Buffer | undefined {
  if (segment === '') return undefined;
  const bytes = Buffer.from(segment, 'base64url');
  return bytes.toString('base64url') === segment ? bytes : undefined;
}
