import type { PlatformGroup } from './platform-group.js';

/** The places that a plan's groups have, while sessions take them. */
export class Seats {
  readonly #taken = new Map<PlatformGroup, number>();

  constructor(private readonly groups: readonly PlatformGroup[]) {}

  /** Takes a place for a session on this platform; `false` if none is left. */
  take(platformId: number): boolean {
    const group = this.#groupOf(platformId);
    if (group === undefined) return true;
    const taken = this.#taken.get(group) ?? 0;
    if (taken >= group.keep) return false;
    this.#taken.set(group, taken + 1);
    return true;
  }

  isPreferred(platformId: number): boolean {
    return this.#groupOf(platformId)?.prefer === platformId;
  }

  #groupOf(platformId: number): PlatformGroup | undefined {
    return this.groups.find(({ platforms }) => platforms.some((id) => id === platformId));
  }
}
