import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto';
import type { Entropy } from '../../common/ids.js';
import type { RefreshToken } from './refresh-token.js';

/** What a refresh token was answered with. */
export interface RefreshAnswer {
  readonly accessToken: string;
  /** Of the access token: Unix seconds. */
  readonly expiresAt: number;
  readonly refreshToken: string;
}

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Encrypts an answer under the refresh token that got it (AES-256-GCM, its key by HKDF-SHA-256 from
 * the token's secret). The ledger holds the token's hash only, so nobody but who shows the token
 * can read the answer: not whoever has the ledger, nor the master key.
 */
export function sealAnswer(token: RefreshToken, answer: RefreshAnswer, entropy: Entropy): string {
  const nonce = entropy.bytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', keyOf(token), nonce);
  cipher.setAAD(Buffer.from(token.sessionId, 'utf8'));
  const { accessToken, expiresAt, refreshToken } = answer;
  const text = JSON.stringify([accessToken, expiresAt, refreshToken]);
  const body = [nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()];
  return Buffer.concat(body).toString('base64url');
}

/** The answer again. Throws where it was altered, or is another token's. */
export function openAnswer(token: RefreshToken, sealed: string): RefreshAnswer {
  const body = Buffer.from(sealed, 'base64url');
  const decipher = createDecipheriv('aes-256-gcm', keyOf(token), body.subarray(0, NONCE_BYTES), {
    authTagLength: TAG_BYTES,
  });
  decipher.setAAD(Buffer.from(token.sessionId, 'utf8'));
  decipher.setAuthTag(body.subarray(-TAG_BYTES));
  const text = Buffer.concat([
    decipher.update(body.subarray(NONCE_BYTES, -TAG_BYTES)),
    decipher.final(),
  ]).toString('utf8');
  const [accessToken, expiresAt, refreshToken] = JSON.parse(text) as [string, number, string];
  return { accessToken, expiresAt, refreshToken };
}

function keyOf({ secret }: RefreshToken): Buffer {
  const material = Buffer.from(secret, 'base64url');
  return Buffer.from(hkdfSync('sha256', material, '', 'countersign refresh answer', 32));
}
