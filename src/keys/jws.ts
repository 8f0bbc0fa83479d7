import type { KeyAlgorithm } from '../ports/control-ledger.port.js';

/** Longer tokens are malformed, whatever they hold; none is signed. Characters. */
export const MAX_TOKEN_LENGTH = 8192;

/** The members of a JOSE header that we read; everything else in it is ignored (RFC 7515 §4). */
export interface JwsHeader {
  readonly alg: string;
  readonly kid: string;
  readonly typ: string;
}

/** A token of the right form. Nothing in it is true before its signature was verified. */
export interface ParsedJws {
  readonly header: JwsHeader;
  readonly claims: Readonly<Record<string, unknown>>;
  /** What the signature is of: the first two segments and the dot between them. */
  readonly signingInput: string;
  readonly signature: Buffer;
}

/** The header segment of every token that a key signs as one type. */
export function headerSegment(algorithm: KeyAlgorithm, kid: string, typ: string): string {
  return Buffer.from(JSON.stringify({ alg: algorithm, kid, typ }), 'utf8').toString('base64url');
}
