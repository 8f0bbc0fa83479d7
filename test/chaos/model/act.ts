import { nowMs } from '../now.js';

/**
 * A change that was asked for. Acknowledged: it has happened. Not yet answered, or answered by an
 * error or never: whether it happened, and when, is not known.
 */
export class Act {
  readonly sentAt = nowMs();
  /** When its answer was received, if that was a yes. */
  ackedAt: number | undefined;
  /** When it was given up. */
  lostAt: number | undefined;

  /** Surely decided by the ledger before another one was: it was acknowledged before that was sent. */
  isBefore(other: Act): boolean {
    return this.ackedAt !== undefined && this.ackedAt < other.sentAt;
  }

  /** Whether it may still be decided: an unanswered one can go on inside a broker for a while. */
  isOpen(now = nowMs()): boolean {
    return this.ackedAt === undefined && (this.lostAt ?? now) > now - LINGER_MS;
  }
}

/** Longer than a broker and PostgreSQL together ever work on a change that nobody waits for. */
const LINGER_MS = 30_000;
