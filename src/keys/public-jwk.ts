/** The public part of somebody else's key: what its thumbprint is made of, and nothing else. */
export type PublicJwk =
  | { readonly kty: 'EC'; readonly crv: string; readonly x: string; readonly y: string }
  | { readonly kty: 'OKP'; readonly crv: string; readonly x: string }
  | { readonly kty: 'RSA'; readonly n: string; readonly e: string };

/** Octets of a coordinate, by curve (RFC 7518 §6.2.1.2, RFC 8037 §2). */
const COORDINATE_OCTETS = { EC: { 'P-256': 32, 'P-384': 48, 'P-521': 66 }, OKP: { Ed25519: 32 } };

/** Octets of 2048 bits (RFC 7518 §3.3), and of 8192: beyond, a check costs more than we spend. */
const RSA_OCTETS = { from: 256, to: 1024 };
/** A longer exponent makes a check dear, and no signer needs one. */
const MAX_EXPONENT_OCTETS = 4;

/** Members of private and symmetric keys (RFC 7518 §6.2.2, §6.3.2, §6.4.1). */
const SECRET_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv'];

/**
 * The public part of a JWK that a stranger shows, or undefined where it is none that signatures may
 * be verified with: symmetric, with a private member (whoever showed it may sign with it), of an
 * unknown curve, an RSA key too short or too long, or written in another than the one way that
 * RFC 7518 allows, so that a key has one thumbprint. Never throws.
 *
 * Whether a point lies on its curve is found when the key is imported.
 */
export function publicJwk(value: unknown): PublicJwk | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if (SECRET_MEMBERS.some((member) => Object.hasOwn(value, member))) return undefined;
  const { kty, crv, x, y, n, e } = value as Readonly<Record<string, unknown>>;
  switch (kty) {
    case 'EC': {
      const octets = octetsOf(COORDINATE_OCTETS.EC, crv);
      if (!isOctets(x, octets) || !isOctets(y, octets)) return undefined;
      return { kty, crv: String(crv), x, y };
    }
    case 'OKP':
      return isOctets(x, octetsOf(COORDINATE_OCTETS.OKP, crv))
        ? { kty, crv: String(crv), x }
        : undefined;
    case 'RSA':
      return isModulus(n) && isExponent(e) ? { kty, n, e } : undefined;
    default:
      return undefined;
  }
}

function octetsOf(curves: Readonly<Record<string, number>>, crv: unknown): number {
  return typeof crv === 'string' && Object.hasOwn(curves, crv) ? (curves[crv] ?? -1) : -1;
}

function isOctets(value: unknown, octets: number): value is string {
  return decode(value)?.length === octets;
}

/** Whether it is a Base64urlUInt (RFC 7518 §2) of so many octets: without leading zeroes. */
function isWholeNumber(
  value: unknown,
  { from, to }: { readonly from: number; readonly to: number },
): value is string {
  const bytes = decode(value);
  return bytes !== undefined && bytes.length >= from && bytes.length <= to && bytes[0] !== 0;
}

/** Of 256 octets, the first must be full: else it has fewer than 2048 bits. */
function isModulus(value: unknown): value is string {
  if (!isWholeNumber(value, RSA_OCTETS)) return false;
  const bytes = Buffer.from(value, 'base64url');
  return bytes.length > RSA_OCTETS.from || bytes.readUInt8(0) >= 0x80;
}

/** Odd and no 1: with that, everybody's signature would be good. */
function isExponent(value: unknown): value is string {
  if (!isWholeNumber(value, { from: 1, to: MAX_EXPONENT_OCTETS })) return false;
  const bytes = Buffer.from(value, 'base64url');
  const exponent = bytes.readUIntBE(0, bytes.length);
  return exponent > 1 && exponent % 2 === 1;
}

/** Bytes of a base64url text; undefined where it has another spelling than the canonical one. */
function decode(value: unknown): Buffer | undefined {
  if (typeof value !== 'string') return undefined;
  const bytes = Buffer.from(value, 'base64url');
  return bytes.toString('base64url') === value ? bytes : undefined;
}
