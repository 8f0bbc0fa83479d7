import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ADMIN_PLATFORM,
  isPlatformId,
  PLATFORM_IDS,
  platformClass,
  platformName,
  USER_PLATFORM_IDS,
} from '../../../src/im/platforms.js';

describe('platforms', () => {
  it.each([
    [1, 'IOS', 'Mobile'],
    [2, 'Android', 'Mobile'],
    [3, 'Windows', 'PC'],
    [4, 'OSX', 'PC'],
    [5, 'Web', 'Web'],
    [6, 'MiniWeb', 'MiniWeb'],
    [7, 'Linux', 'PC'],
    [8, 'APad', 'Pad'],
    [9, 'IPad', 'Pad'],
    [10, 'Admin', 'Admin'],
    [11, 'HarmonyOS', 'HarmonyOS'],
  ])('%i is %s of class %s', (id, name, platformsClass) => {
    expect(platformName(id)).toBe(name);
    expect(platformClass(id)).toBe(platformsClass);
  });

  it('are the numbers 1 to 11 and no others', () => {
    expect(PLATFORM_IDS).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    fc.assert(
      fc.property(fc.oneof(fc.integer({ min: -2, max: 20 }), fc.double()), (id) => {
        expect(isPlatformId(id)).toBe(Number.isInteger(id) && id >= 1 && id <= 11);
      }),
    );
  });

  it('that people log in on are all but the admin’s', () => {
    expect(ADMIN_PLATFORM).toBe(10);
    expect(USER_PLATFORM_IDS).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 11]);
  });

  it.each([0, 12, -1, 1.5, Number.NaN])('have no name and no class for %d', (id) => {
    expect(() => platformName(id)).toThrow(RangeError);
    expect(() => platformClass(id)).toThrow(RangeError);
  });
});
