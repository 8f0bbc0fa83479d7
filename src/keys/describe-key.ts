import { asTime } from '../common/clock.js';
import type { KeyRow } from '../ports/control-ledger.port.js';
import { type KeyState, keyState } from './ring.js';
import type { RingOutcome } from './rotate-keys.js';

/** A key as people are shown it, over the API and by a command: never a private part. RFC 3339 times. */
export interface DescribedKey {
  readonly id: string;
  readonly ring: string;
  readonly algorithm: KeyRow['algorithm'];
  readonly state: KeyState;
  readonly publishedAt: string;
  readonly activatedAt: string | null;
  readonly retiredAt: string | null;
  readonly revokedAt: string | null;
  readonly revokedBy: string | null;
  readonly revokedReason: string | null;
  readonly removedAt: string | null;
  /** No token that it signed expires later. */
  readonly signsUntil: string;
}

export function describeKey(row: KeyRow): DescribedKey {
  const { id, ring, algorithm, revokedBy, revokedReason } = row;
  return {
    ...{ id, ring, algorithm, state: keyState(row) },
    publishedAt: asTime(row.publishedAt),
    activatedAt: perhaps(row.activatedAt),
    retiredAt: perhaps(row.retiredAt),
    revokedAt: perhaps(row.revokedAt),
    ...{ revokedBy, revokedReason },
    removedAt: perhaps(row.removedAt),
    signsUntil: asTime(row.signsUntil),
  };
}

function perhaps(unixSeconds: number | null): string | null {
  return unixSeconds === null ? null : asTime(unixSeconds);
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
