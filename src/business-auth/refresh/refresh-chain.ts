import { equalInConstantTime } from '../../common/constant-time.js';
import type { RefreshChain, SpentRefresh } from '../../ports/account-record.js';
import { isOfFamily, type RefreshToken, refreshTokenHash } from './refresh-token.js';

/** What showing a refresh token comes to. */
export type RefreshUse =
  /** It works now. */
  | { readonly kind: 'current' }
  /** It has been spent; its owner may have the same answer again. */
  | { readonly kind: 'replayed'; readonly answer: string }
  /** It was spent, and its time is over: two hold it. */
  | { readonly kind: 'reused' }
  /** It was never one of the chain. */
  | { readonly kind: 'forged' };

/**
 * Tokens within their grace that are remembered at most. None is forgotten before its time, or an
 * honest client that shows it would be taken for a thief: a chain that is full waits.
 */
const MAX_SPENT = 16;

/** Pure; `now` in Unix seconds of the ledger's clock. */
export function useOf(chain: RefreshChain, token: RefreshToken, now: number): RefreshUse {
  const hash = refreshTokenHash(token.text);
  if (equalInConstantTime(hash, chain.current)) return { kind: 'current' };
  const spent = chain.spent.find((one) => one.hash === hash && isAnswered(one, now));
  if (spent !== undefined) return { kind: 'replayed', answer: spent.answer };
  return { kind: isOfFamily(token, chain.family) ? 'reused' : 'forged' };
}

/** Seconds until the current token can be spent; 0: at once. */
export function waitOf({ spent }: RefreshChain, now: number): number {
  const answered = spent.filter((one) => isAnswered(one, now));
  if (answered.length < MAX_SPENT) return 0;
  return Math.min(...answered.map(({ until }) => (until ?? Infinity) - now));
}

/**
 * The chain after its current token, which need not wait, was spent for `successor`. The one before it, whose successor
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
  const kept = before.filter((one) => isAnswered(one, now));
  return { ...chain, current: successor.hash, spent: [spent, ...kept] };
}

function isAnswered({ until }: SpentRefresh, now: number): boolean {
  return until === null || now < until;
}
