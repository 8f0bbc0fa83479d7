import type { PlatformId } from '../platforms.js';

/** Platforms that share a limit: of all their sessions, the best `keep` stay. */
export interface PlatformGroup {
  readonly platforms: readonly PlatformId[];
  /** How many sessions stay, a newcomer on one of the platforms included. At least 1. */
  readonly keep: number;
  /** Sessions on this platform go before newer ones on the others, as long as they work as well. */
  readonly prefer?: PlatformId;
}
