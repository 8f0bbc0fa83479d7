import { generateSync, generateURI, ScureBase32Plugin } from 'otplib';
import { equalInConstantTime } from '../../common/constant-time.js';
import type { Entropy } from '../../common/ids.js';

/** As long as the output of HMAC-SHA-1 (RFC 4226 §4, R6). */
const SECRET_BYTES = 20;
const STEP_SECONDS = 30;
const CODE = /^[0-9]{6}$/;
/** Steps by which the clock of an authenticator app may be behind or ahead (RFC 6238 §5.2). */
const WINDOW = 1;

const base32 = new ScureBase32Plugin();

/** A new secret of an authenticator app: 160 random bits as 32 characters of Base32 (RFC 4648 §6). */
export function newTotpSecret(entropy: Entropy): string {
  return base32.encode(entropy.bytes(SECRET_BYTES));
}

/**
 * What an authenticator app reads from a QR code (Google's Key URI format): it holds the secret.
 * `issuer` has no colon; SHA-1, 6 digits and 30 seconds are what apps take for granted.
 */
export function otpauthUri(issuer: string, accountName: string, secret: string): string {
  return generateURI({ issuer, label: accountName, secret });
}

/** Whether a text has the form of an app's code, and so is no recovery code. Blanks don't count. */
export function isTotpCode(text: string): boolean {
  return CODE.test(withoutBlanks(text));
}

/**
 * The time step whose code this is (RFC 6238: SHA-1, 6 digits, 30 seconds), or undefined. Steps are
 * looked at from one before to one after that of `nowSeconds` (Unix seconds), and only those later
 * than `lastStep`, the step of the last code that was taken: none is taken twice (§5.2). Blanks in
 * the code don't count. Which digit is wrong can't be told from the time that it takes.
 */
export function totpStepOf(
  secret: string,
  code: string,
  nowSeconds: number,
  lastStep: number,
): number | undefined {
  if (!isTotpCode(code)) return undefined;
  const digits = withoutBlanks(code);
  const current = Math.floor(nowSeconds / STEP_SECONDS);
  let found: number | undefined;
  // The last of those that happen to have the same code, or it could be taken for the other again.
  for (let step = Math.max(0, current - WINDOW); step <= current + WINDOW; step += 1) {
    const isIts = equalInConstantTime(codeOf(secret, step), digits);
    if (isIts && step > lastStep) found = step;
  }
  return found;
}

function withoutBlanks(text: string): string {
  return text.replaceAll(' ', '');
}

function codeOf(secret: string, step: number): string {
  return generateSync({ secret, epoch: step * STEP_SECONDS });
}
