import {
  ANDROID_PLATFORM,
  platformClass,
  USER_PLATFORM_IDS,
  type PlatformId,
} from '../../platforms.js';
import type { PlatformGroup } from '../platform-group.js';

const PC_PLATFORMS = USER_PLATFORM_IDS.filter(isPc);

const OTHERS: PlatformGroup = {
  platforms: USER_PLATFORM_IDS.filter((id) => !isPc(id)),
  keep: 1,
  prefer: ANDROID_PLATFORM,
};

/**
 * Policy 5: sessions on PC stay, and of all other platforms together one stays. A newcomer that is
 * not on PC is that one; beside a newcomer on PC it is the newest, an Android one first.
 *
 * "Stay" has an end, so that a user's record has: the newest `maxNumOneEnd` on each PC platform.
 * A user has at most 3 × `maxNumOneEnd` + 1 sessions.
 */
export function pcAndOneOther(maxNumOneEnd: number): readonly PlatformGroup[] {
  return [OTHERS, ...PC_PLATFORMS.map((id) => ({ platforms: [id], keep: maxNumOneEnd }))];
}

function isPc(id: PlatformId): boolean {
  return platformClass(id) === 'PC';
}
