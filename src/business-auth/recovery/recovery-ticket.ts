import { equalInConstantTime, hashSecret } from '../../common/constant-time.js';
import type { Entropy } from '../../common/ids.js';

/** What a recovery's ticket holds: nothing from which its code could be had. */
interface RecoveryPayload {
  /** Of token and code: without the token there are too many to try. */
  readonly codeHash: string;
  /** `AccountRecord.credentials` when the code was sent. */
  readonly credentials: number;
}

const CODE_DIGITS = 8;

/** Eight digits: with five tries, and the limits on beginning, as good as not to be guessed. */
export function newRecoveryCode(entropy: Entropy): string {
  // 48 random bits: what is left over by the division favours no code worth a try.
  const number = entropy.bytes(6).readUIntBE(0, 6) % 10 ** CODE_DIGITS;
  return String(number).padStart(CODE_DIGITS, '0');
}

export function recoveryPayload(token: string, code: string, credentials: number): string {
  const payload: RecoveryPayload = { codeHash: codeHash(token, code), credentials };
  return JSON.stringify(payload);
}

/** The account's credentials when the code was sent, or undefined for another code. */
export function credentialsOfCode(
  payload: string,
  token: string,
  code: string,
): number | undefined {
  const { codeHash: expected, credentials } = JSON.parse(payload) as RecoveryPayload;
  return equalInConstantTime(codeHash(token, code), expected) ? credentials : undefined;
}

function codeHash(token: string, code: string): string {
  return hashSecret(`${token}.${code}`);
}
