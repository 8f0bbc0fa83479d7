import type { UserChange } from './feed-ledger.port.js';

/** What a committed transaction changed, told ahead of the feed. */
export interface ChangeEvent {
  readonly users: readonly UserChange[];
  /** Whether the control part changed. */
  readonly control: boolean;
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
}
