import type { Session } from './session.js';

/** An app and its multi-login policy, as far as the model goes. */
export interface ModelApp {
  readonly id: string;
  /**
   * How many sessions of a platform stay: 1 under policy 1; more under policy 0, where the model
   * keeps quiet once a platform has seen that many.
   */
  readonly keep: number;
}

/** A platform of a user: the sessions there contend with each other. */
export interface Slot {
  readonly app: ModelApp;
  readonly userId: string;
  readonly platformId: number;
  readonly sessions: Set<Session>;
  /** Mints ever asked for. */
  mints: number;
}
