import { platformClass, USER_PLATFORM_IDS } from '../../platforms.js';
import type { PlatformGroup } from '../platform-group.js';

const GROUPS: readonly PlatformGroup[] = [
  ...Map.groupBy(USER_PLATFORM_IDS, platformClass).values(),
].map((platforms) => ({ platforms, keep: 1 }));

/**
 * Policy 4: a newcomer ends every session of its platform's class; every other class keeps its
 * newest.
 *
 * A user has at most 6 sessions.
 */
export function onePerClass(): readonly PlatformGroup[] {
  return GROUPS;
}
