import type { UserChange } from './feed-ledger.port.js';

/** What a committed transaction changed, told ahead of the feed. */
export interface ChangeEvent {
  readonly users: readonly UserChange[];
  /** Whether the control part changed. */
  readonly control: boolean;
}

/** Between these moments, monotonic milliseconds, nothing that was published was missed. */
export interface Heard {
  readonly sinceMs: number;
  readonly untilMs: number;
}

/**
 * News of changes between brokers, in milliseconds and without any guarantee: an event may be
 * lost, late, doubled or out of order. The feed makes up for each.
 */
export abstract class ChangeEvents {
  /** Tells the other brokers. Throws when it can't be sent. */
  abstract publish(event: ChangeEvent): Promise<void>;

  /** Hears what others (and this broker) publish from now on. Returns how to stop listening. */
  abstract subscribe(listener: (event: ChangeEvent) => void): () => void;

  /**
   * How far this broker is in touch: every event published between the two moments has reached the
   * listeners. While it listens undisturbed, the end follows the present by about half a second
   * at the most; when that can't be said any more, the end stands still, and the next span begins where
   * nothing was missed again. Costs no round trip, and never throws.
   */
  abstract heard(): Heard;
}
