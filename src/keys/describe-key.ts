import type { KeyRow } from '../ports/control-ledger.port.js';
import { type KeyState, keyState } from './ring.js';
import type { RingOutcome } from './rotate-keys.js';

/** A key as people are shown it: never a private part. Times are Unix seconds. */
export interface DescribedKey {
  readonly id: string;
  readonly ring: string;
  readonly algorithm: KeyRow['algorithm'];
  readonly state: KeyState;
  readonly publishedAt: number;
  readonly activatedAt: number | null;
  readonly retiredAt: number | null;
  readonly revokedAt: number | null;
  readonly revokedBy: string | null;
  readonly revokedReason: string | null;
  readonly removedAt: number | null;
  /** No token that it signed expires later. */
  readonly signsUntil: number;
}

export function describeKey(row: KeyRow): DescribedKey {
  const { publicJwk: _known, sealedPrivate: _sealed, id, ring, algorithm, ...dates } = row;
  return { id, ring, algorithm, state: keyState(row), ...dates };
}

/** A ring after a change of it. */
export interface DescribedOutcome {
  readonly ring: string;
  readonly active: DescribedKey;
  readonly upcoming: DescribedKey;
  /** Whether verifiers can be expected to know the active key: it was published in good time. */
  readonly publishedLongEnough: boolean;
}

export function describeOutcome(outcome: RingOutcome): DescribedOutcome {
  const { ring, active, upcoming, publishedLongEnough } = outcome;
  return {
    ring,
    active: describeKey(active),
    upcoming: describeKey(upcoming),
    publishedLongEnough,
  };
}
