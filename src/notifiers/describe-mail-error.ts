import type { NodemailerError } from 'nodemailer';

/** Failures that are told of in the words of Node and nodemailer: these know of no message. */
const BEFORE_ANY_MESSAGE: ReadonlySet<string> = new Set([
  'ECONNECTION',
  'EDNS',
  'ESOCKET',
  'ETIMEDOUT',
  'ETLS',
]);

/** An SMTP reply's code and, behind it, its enhanced status code (RFC 3463 §2). */
const REPLY = /^\d{3}(?:[ -]\d\.\d{1,3}\.\d{1,3}\b)?/;

/**
 * What went wrong with a mail, for the log. Servers like to repeat in a reply what they were sent,
 * and nodemailer keeps replies, addresses and all, so nothing of a reply but its numbers is taken
 * over.
 */
export function describeMailError(error: unknown): Error {
  const { code = 'unknown', command, response } = error as NodemailerError;
  if (code === 'EABORT') return new Error('the mail server took too long (EABORT)');
  if (response !== undefined) {
    const [numbers = 'nonsense'] = REPLY.exec(response) ?? [];
    return new Error(`the mail server answered ${numbers} to ${command ?? 'nothing'} (${code})`);
  }
  if (!BEFORE_ANY_MESSAGE.has(code)) return new Error(`the mail failed (${code})`);
  const { message, timeoutType, originalCode } = error as NodemailerError;
  return new Error(`${message} (${timeoutType ?? originalCode ?? code})`);
}
