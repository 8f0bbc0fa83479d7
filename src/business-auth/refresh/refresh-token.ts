import { createHmac } from 'node:crypto';
import { equalInConstantTime, hashSecret } from '../../common/constant-time.js';
import type { Entropy } from '../../common/ids.js';

/*
 * A refresh token: `csr_<account>.<session>.<32 random bytes>.<16 bytes>`, the bytes in base64url.
 * Ids lead to its session by one key; the random bytes are the secret; the last part authenticates
 * it as one of its session's chain. So a token that was spent long ago is known for a genuine one
 * without any memory of it, and whoever makes one up ends nobody's session.
 */

const FORM = /^csr_(usr_[\w-]{20})\.(bs_[\w-]{20})\.([\w-]{43})\.([\w-]{22})$/;
const SECRET_BYTES = 32;
const FAMILY_BYTES = 16;
const TAG_BYTES = 16;

export interface RefreshToken {
  readonly text: string;
  readonly accountId: string;
  readonly sessionId: string;
  /** 32 random bytes, base64url. */
  readonly secret: string;
  readonly tag: string;
}

/** The parts of a refresh token, or undefined for what has not its form. */
export function parseRefreshToken(text: string): RefreshToken | undefined {
  const [, accountId, sessionId, secret, tag] = FORM.exec(text) ?? [];
  if (accountId === undefined || sessionId === undefined) return undefined;
  if (secret === undefined || tag === undefined) return undefined;
  return { text, accountId, sessionId, secret, tag };
}

/** What authenticates the tokens of a new chain. */
export function newFamily(entropy: Entropy): string {
  return entropy.bytes(FAMILY_BYTES).toString('base64url');
}

/** The next token of a chain. */
export function newRefreshToken(
  entropy: Entropy,
  { accountId, sessionId, family }: { accountId: string; sessionId: string; family: string },
): string {
  const secret = entropy.bytes(SECRET_BYTES).toString('base64url');
  return `csr_${accountId}.${sessionId}.${secret}.${tagOf(family, sessionId, secret)}`;
}

/** Whether a token is, or once was, one of the chain. */
export function isOfFamily({ sessionId, secret, tag }: RefreshToken, family: string): boolean {
  return equalInConstantTime(tag, tagOf(family, sessionId, secret));
}

/** What is stored instead of it. */
export function refreshTokenHash(text: string): string {
  return hashSecret(text);
}

function tagOf(family: string, sessionId: string, secret: string): string {
  const mac = createHmac('sha256', family).update(`${sessionId}.${secret}`).digest();
  return mac.toString('base64url', 0, TAG_BYTES);
}
