/** OpenIM's classes of platforms: what multi-login policy 4 counts by. */
export type PlatformClass = 'Mobile' | 'PC' | 'Pad' | 'Web' | 'MiniWeb' | 'Admin' | 'HarmonyOS';

interface Platform {
  readonly name: string;
  readonly class: PlatformClass;
}

/** Ids, names and classes as in openimsdk/protocol, `constant/platform_id_to_name.go`. */
const PLATFORMS = {
  1: { name: 'IOS', class: 'Mobile' },
  2: { name: 'Android', class: 'Mobile' },
  3: { name: 'Windows', class: 'PC' },
  4: { name: 'OSX', class: 'PC' },
  5: { name: 'Web', class: 'Web' },
  6: { name: 'MiniWeb', class: 'MiniWeb' },
  7: { name: 'Linux', class: 'PC' },
  8: { name: 'APad', class: 'Pad' },
  9: { name: 'IPad', class: 'Pad' },
  10: { name: 'Admin', class: 'Admin' },
  11: { name: 'HarmonyOS', class: 'HarmonyOS' },
} as const satisfies Record<number, Platform>;

/** A platform's id, 1–11. */
export type PlatformId = keyof typeof PLATFORMS;

export const ANDROID_PLATFORM = 2 satisfies PlatformId;

/** The platform of admin tokens; no user token is minted for it. */
export const ADMIN_PLATFORM = 10 satisfies PlatformId;

/** Every platform, in ascending order. */
export const PLATFORM_IDS: readonly PlatformId[] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11];

/** The platforms that people log in on: all but the admin's. */
export const USER_PLATFORM_IDS: readonly PlatformId[] = PLATFORM_IDS.filter(
  (id) => id !== ADMIN_PLATFORM,
);

/** Whether a number is the id of a platform. */
export function isPlatformId(id: number): id is PlatformId {
  return Object.hasOwn(PLATFORMS, id);
}

/** The class of a platform. Throws `RangeError` for a number that is no platform's. */
export function platformClass(id: number): PlatformClass {
  return platform(id).class;
}

/** OpenIM's name of a platform, in OpenIM's letter case. Throws `RangeError` as above. */
export function platformName(id: number): string {
  return platform(id).name;
}

function platform(id: number): Platform {
  if (!isPlatformId(id)) throw new RangeError(`no platform has the id ${id}`);
  return PLATFORMS[id];
}
