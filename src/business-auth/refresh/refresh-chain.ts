import { equalInConstantTime } from '../../common/constant-time.js';
import type { RefreshChain, SpentRefresh } from '../../ports/account-record.js';
import { isOfFamily, type RefreshToken, refreshTokenHash } from './refresh-token.js';

/** What showing a refresh token comes to. */
export type RefreshUse =
  /** It works now. */
  | { readonly kind: 'current' }
  /** It has been spent; its owner may have the same answer again. */
  | { readonly kind: 'replayed'; readonly answer: string }
  /** It has been spent so lately that an honest client may show it, but its answer is gone. */
  | { readonly kind: 'late' }
  /** It was spent, and its time is over: two hold it. */
  | { readonly kind: 'reused' }
  /** It was never one of the chain. */
  | { readonly kind: 'forged' };

/** Answers that are kept at most: honest clients rarely need more than the last. */
const MAX_ANSWERS = 4;
/** Tokens within their grace that are remembered at most, those without an answer included. */
const MAX_SPENT = 64;

/** Pure; `now` in Unix seconds of the ledger's clock. */
export function useOf(chain: RefreshChain, token: RefreshToken, now: number): RefreshUse {
  const hash = refreshTokenHash(token.text);
  if (equalInConstantTime(hash, chain.current)) return { kind: 'current' };
  const spent = chain.spent.find((one) => one.hash === hash && isAnswered(one, now));
  if (spent?.answer === '') return { kind: 'late' };
  if (spent !== undefined) return { kind: 'replayed', answer: spent.answer };
  return { kind: isOfFamily(token, chain.family) ? 'reused' : 'forged' };
}

/**
 * The chain after its current token was spent for `successor`. The one before it, whose successor
 * is used hereby, gets its answer for the grace from now on.
 */
export function rotated(
  chain: RefreshChain,
  successor: { readonly hash: string; readonly answer: string },
  now: number,
  graceSeconds: number,
): RefreshChain {
  const before = chain.spent.map((one) => ({ ...one, until: one.until ?? now + graceSeconds }));
  const spent = { hash: chain.current, answer: successor.answer, until: null };
  const kept = [spent, ...before.filter((one) => isAnswered(one, now))].slice(0, MAX_SPENT);
  return {
    ...chain,
    current: successor.hash,
    spent: kept.map((one, n) => (n < MAX_ANSWERS ? one : { ...one, answer: '' })),
  };
}

function isAnswered({ until }: SpentRefresh, now: number): boolean {
  return until === null || now < until;
}
