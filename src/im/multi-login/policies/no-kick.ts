import { USER_PLATFORM_IDS } from '../../platforms.js';
import type { PlatformGroup } from '../platform-group.js';

/**
 * Policy 0: on each platform the newest `maxNumOneEnd` sessions stay.
 *
 * A user has at most 10 × `maxNumOneEnd` sessions.
 */
export function noKick(maxNumOneEnd: number): readonly PlatformGroup[] {
  return USER_PLATFORM_IDS.map((id) => ({ platforms: [id], keep: maxNumOneEnd }));
}
