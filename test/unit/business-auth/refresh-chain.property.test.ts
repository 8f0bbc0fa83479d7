import fc from 'fast-check';
import { expect, it } from 'vitest';
import { SystemEntropy } from '../../../src/common/ids.js';
import { rotated, useOf, waitOf } from '../../../src/business-auth/refresh/refresh-chain.js';
import {
  newFamily,
  newRefreshToken,
  parseRefreshToken,
  type RefreshToken,
  refreshTokenHash,
} from '../../../src/business-auth/refresh/refresh-token.js';
import type { RefreshChain } from '../../../src/ports/account-record.js';

const GRACE = 10;
const entropy = new SystemEntropy();
const accountId = `usr_${'a'.repeat(20)}`;
const sessionId = `bs_${'b'.repeat(20)}`;

/** A session's chain as a broker keeps it, and everything that was ever handed out of it. */
class Chain {
  readonly family = newFamily(entropy);
  readonly issued: RefreshToken[] = [this.#next()];
  chain: RefreshChain = {
    family: this.family,
    current: refreshTokenHash(this.issued[0]?.text ?? ''),
    spent: [],
  };
  /** By token: the answers that it ever got. */
  readonly answers = new Map<string, Set<string>>();
  /** By token: when its successor was first used. */
  readonly successorUsedAt = new Map<string, number>();
  ended = false;

  show(token: RefreshToken, now: number): string {
    const use = useOf(this.chain, token, now);
    if (use.kind === 'reused') this.ended = true;
    if (use.kind === 'replayed') this.#answered(token, use.answer);
    if (use.kind === 'current' && waitOf(this.chain, now) > 0) return 'waits';
    if (use.kind === 'current') {
      const before = this.issued.at(-2);
      if (before !== undefined) this.successorUsedAt.set(before.text, now);
      const successor = this.#next();
      const { text: answer } = successor;
      this.chain = rotated(this.chain, { hash: refreshTokenHash(answer), answer }, now, GRACE);
      this.issued.push(successor);
      this.#answered(token, answer);
    }
    return use.kind;
  }

  #answered(token: RefreshToken, answer: string): void {
    const known = this.answers.get(token.text) ?? new Set();
    this.answers.set(token.text, known.add(answer));
  }

  #next(): RefreshToken {
    const text = newRefreshToken(entropy, { accountId, sessionId, family: this.family });
    return parse(text);
  }
}

function parse(text: string): RefreshToken {
  const token = parseRefreshToken(text);
  if (token === undefined) throw new Error('this is no refresh token');
  return token;
}

/** Which of the tokens issued so far is shown, counted from the newest, after how many seconds. */
const steps = fc.array(
  fc.record({
    back: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.nat({ max: 20 })),
    after: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.nat({ max: 15 })),
  }),
  { minLength: 1, maxLength: 60 },
);

it('a token has one successor, however often it is shown, and in whatever order', () => {
  fc.assert(
    fc.property(steps, (shown) => {
      const chain = new Chain();
      let now = 1_800_000_000;
      for (const { back, after } of shown) {
        now += after;
        const token = chain.issued.at(-1 - back);
        if (token === undefined || chain.ended) continue;
        chain.show(token, now);
      }
      for (const answers of chain.answers.values()) expect(answers.size).toBe(1);
    }),
  );
});

it('the token before the last always gets its answer, and those before it within the grace', () => {
  fc.assert(
    fc.property(steps, (shown) => {
      const chain = new Chain();
      let now = 1_800_000_000;
      for (const { back, after } of shown) {
        now += after;
        const token = chain.issued.at(-1 - back);
        if (token === undefined || chain.ended) continue;
        const usedAt = chain.successorUsedAt.get(token.text);
        const kind = chain.show(token, now);
        if (back === 0) expect(['current', 'waits']).toContain(kind);
        else if (usedAt === undefined || now < usedAt + GRACE) expect(kind).toBe('replayed');
        else expect(kind).toBe('reused');
      }
    }),
  );
});

it('a chain that is spent without a pause waits, and forgets nothing for that', () => {
  const chain = new Chain();
  const now = 1_800_000_000;
  let spent = 0;
  while (chain.show(chain.issued.at(-1)!, now) === 'current') spent += 1;
  expect(spent).toBe(16);
  expect(waitOf(chain.chain, now)).toBe(GRACE);
  for (const token of chain.issued.slice(0, -1)) expect(chain.show(token, now)).toBe('replayed');
  expect(chain.show(chain.issued.at(-1)!, now + GRACE - 1)).toBe('waits');
  expect(chain.show(chain.issued.at(-1)!, now + GRACE)).toBe('current');
});

it('what was never handed out ends nothing', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 48, maxLength: 48 }), (bytes) => {
      const chain = new Chain();
      const secret = Buffer.from(bytes.subarray(0, 32)).toString('base64url');
      const tag = Buffer.from(bytes.subarray(32)).toString('base64url');
      const made = parse(`csr_${accountId}.${sessionId}.${secret}.${tag}`);
      expect(useOf(chain.chain, made, 1_800_000_000).kind).toBe('forged');
      // Nor does a genuine one of another session.
      const other = new Chain();
      expect(useOf(chain.chain, other.issued[0] ?? made, 1_800_000_000).kind).toBe('forged');
    }),
  );
});

it.each([
  '',
  'csr_',
  `csr_${accountId}.${sessionId}.${'c'.repeat(43)}`,
  `csr_${accountId}.${sessionId}.${'c'.repeat(43)}.${'d'.repeat(21)}`,
  ` csr_${accountId}.${sessionId}.${'c'.repeat(43)}.${'d'.repeat(22)}`,
  `csr_${accountId}.${sessionId}.${'c'.repeat(43)}.${'d'.repeat(22)}\n`,
])('%j has not the form of a refresh token', (text) => {
  expect(parseRefreshToken(text)).toBeUndefined();
});
