import type { Act } from './act.js';
import type { Revocation } from './revocation.js';
import type { Slot } from './slot.js';

/** A refusal that was seen: whatever ended the session, it had been decided by then. */
export const SEEN = Symbol('seen refused');
export type Ender = Act | Revocation | typeof SEEN;

/** A session as the harness knows it. */
export class Session {
  /** Its newest token; undefined until its mint was acknowledged. */
  token: string | undefined;
  /** Where the dialect names it. */
  id: string | undefined;
  /** From when on it is not judged any more, because its token may have expired. */
  judgedUntil = Infinity;
  /** Acts that may have ended it: sent, and not known to be before it. */
  readonly doubts = new Set<Act>();
  /** What ended it for certain, and since when that is known: by an acknowledgement, or seen. */
  readonly ends = new Map<Ender, number>();
  /** Revocations acknowledged while nothing could have ended it before: the ledger must name one. */
  readonly mustName = new Set<Revocation>();
  /** When what ended it was last taken back. */
  restoredAt = -Infinity;
  /** When the last check began that it passed. */
  passedAt = -Infinity;

  constructor(
    readonly slot: Slot,
    readonly deviceId: string,
    readonly mint: Act,
  ) {}

  /** Since when it has surely been ended; undefined: it isn't known to be. */
  get endedSince(): number | undefined {
    return this.ends.size === 0 ? undefined : Math.min(...this.ends.values());
  }

  /** Nothing that was asked for until now can have ended it. */
  get isSurelyGood(): boolean {
    return this.doubts.size === 0 && this.ends.size === 0;
  }

  get name(): string {
    const { slot } = this;
    return `${slot.app.id}/${slot.userId}/${slot.platformId} minted at ${Math.round(this.mint.sentAt)}`;
  }
}
