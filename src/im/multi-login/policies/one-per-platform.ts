import { USER_PLATFORM_IDS } from '../../platforms.js';
import type { PlatformGroup } from '../platform-group.js';

const GROUPS: readonly PlatformGroup[] = USER_PLATFORM_IDS.map((id) => ({
  platforms: [id],
  keep: 1,
}));

/**
 * Policy 1: a newcomer ends every session on its platform; elsewhere each platform keeps its
 * newest.
 *
 * A user has at most 10 sessions.
 */
export function onePerPlatform(): readonly PlatformGroup[] {
  return GROUPS;
}
