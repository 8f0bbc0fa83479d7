import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planAdmission } from '../../../src/im/multi-login/plan.js';
import { ADMIN_PLATFORM, USER_PLATFORM_IDS } from '../../../src/im/platforms.js';
import { devices, limits, platforms, policies, userPlatforms } from './sessions.arbitrary.js';

const phone = { platformId: 1, deviceId: '' };

describe('a plan', () => {
  it('of policy 0 gives each platform as many places as are allowed on one', () => {
    expect(planAdmission(0, 30, phone).groups).toEqual(
      USER_PLATFORM_IDS.map((id) => ({ platforms: [id], keep: 30 })),
    );
  });

  it('of policy 1 gives each platform one place, whatever is allowed elsewhere', () => {
    expect(planAdmission(1, 30, phone).groups).toEqual(
      USER_PLATFORM_IDS.map((id) => ({ platforms: [id], keep: 1 })),
    );
  });

  it('of policy 4 gives each class one place', () => {
    expect(planAdmission(4, 30, phone).groups).toEqual([
      { platforms: [1, 2], keep: 1 },
      { platforms: [3, 4, 7], keep: 1 },
      { platforms: [5], keep: 1 },
      { platforms: [6], keep: 1 },
      { platforms: [8, 9], keep: 1 },
      { platforms: [11], keep: 1 },
    ]);
  });

  it('of policy 5 bounds each PC platform and gives all others one place, Android first', () => {
    expect(planAdmission(5, 30, phone).groups).toEqual([
      { platforms: [1, 2, 5, 6, 8, 9, 11], keep: 1, prefer: 2 },
      { platforms: [3], keep: 30 },
      { platforms: [4], keep: 30 },
      { platforms: [7], keep: 30 },
    ]);
  });

  it('puts every platform of people into exactly one group, with a place in it', () => {
    fc.assert(
      fc.property(policies, limits, userPlatforms, devices, (policy, max, platformId, deviceId) => {
        const { groups } = planAdmission(policy, max, { platformId, deviceId });
        const planned = groups.flatMap((group) => group.platforms);
        expect(planned.toSorted((a, b) => a - b)).toEqual(USER_PLATFORM_IDS);
        for (const group of groups) {
          expect(group.keep).toBeGreaterThanOrEqual(1);
          if (group.prefer !== undefined) expect(group.platforms).toContain(group.prefer);
        }
      }),
    );
  });

  it('limits nobody when an admin comes', () => {
    fc.assert(
      fc.property(policies, limits, devices, (policy, max, deviceId) => {
        const plan = planAdmission(policy, max, { platformId: ADMIN_PLATFORM, deviceId });
        expect(plan.groups).toEqual([]);
      }),
    );
  });

  it('replaces the newcomer’s own device if it has a name, under every policy', () => {
    fc.assert(
      fc.property(policies, limits, platforms, devices, (policy, max, platformId, deviceId) => {
        const device = { platformId, deviceId };
        const { replaces } = planAdmission(policy, max, device);
        expect(replaces).toEqual(deviceId === '' ? undefined : device);
      }),
    );
  });
});
