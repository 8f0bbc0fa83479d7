import { expect, it } from 'vitest';
import { SystemEntropy } from '../../../src/common/ids.js';
import {
  newFamily,
  newRefreshToken,
  parseRefreshToken,
  type RefreshToken,
} from '../../../src/business-auth/refresh/refresh-token.js';
import { openAnswer, sealAnswer } from '../../../src/business-auth/refresh/sealed-answer.js';

const entropy = new SystemEntropy();
const session = { accountId: `usr_${'a'.repeat(20)}`, sessionId: `bs_${'b'.repeat(20)}` };
const family = newFamily(entropy);
const answer = { accessToken: 'access', expiresAt: 1_800_000_900, refreshToken: 'refresh' };

function token(): RefreshToken {
  const parsed = parseRefreshToken(newRefreshToken(entropy, { ...session, family }));
  if (parsed === undefined) throw new Error('this is no refresh token');
  return parsed;
}

it('an answer is opened by the token that it was sealed for', () => {
  const own = token();
  expect(openAnswer(own, sealAnswer(own, answer, entropy))).toEqual(answer);
});

it('another token of the same chain does not open it', () => {
  const sealed = sealAnswer(token(), answer, entropy);
  expect(() => openAnswer(token(), sealed)).toThrow();
});

it('what is stored shows nothing of it, and differs each time', () => {
  const own = token();
  const [first, second] = [sealAnswer(own, answer, entropy), sealAnswer(own, answer, entropy)];
  expect(first).not.toBe(second);
  expect(Buffer.from(first, 'base64url').toString('latin1')).not.toContain('refresh');
});

it('an altered one is not opened', () => {
  const own = token();
  const bytes = Buffer.from(sealAnswer(own, answer, entropy), 'base64url');
  for (let at = 0; at < bytes.length; at += 7) {
    const altered = Buffer.from(bytes);
    altered.writeUInt8(altered.readUInt8(at) ^ 1, at);
    expect(() => openAnswer(own, altered.toString('base64url'))).toThrow();
  }
});
