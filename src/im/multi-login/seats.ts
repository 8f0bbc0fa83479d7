import type { PlatformId } from '../platforms.js';
import type { PlatformGroup } from './platform-group.js';

interface GroupSeats {
  free: number;
  readonly prefer: PlatformId | undefined;
}

/** The places that a plan's groups have, while sessions take them. */
export class Seats {
  /** By platform id; platforms of one group share one object. */
  readonly #groups: (GroupSeats | undefined)[] = [];

  constructor(groups: readonly PlatformGroup[]) {
    for (const { platforms, keep, prefer } of groups) {
      const seats: GroupSeats = { free: keep, prefer };
      for (const id of platforms) this.#groups[id] = seats;
    }
  }

  /** Takes a place for a session on this platform; `false` if none is left. */
  take(platformId: number): boolean {
    const seats = this.#groups[platformId];
    if (seats === undefined) return true;
    if (seats.free <= 0) return false;
    seats.free -= 1;
    return true;
  }

  isPreferred(platformId: number): boolean {
    return this.#groups[platformId]?.prefer === platformId;
  }
}
