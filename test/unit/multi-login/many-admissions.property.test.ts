import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyPlan } from '../../../src/im/multi-login/apply-plan.js';
import { planAdmission, type MultiLoginPolicy } from '../../../src/im/multi-login/plan.js';
import type { Session } from '../../../src/ports/user-record.js';
import { devices, limits, policies, session, userPlatforms } from './sessions.arbitrary.js';

/** How many sessions a user can have right after an admission, as each policy's file states. */
const BOUNDS: Record<MultiLoginPolicy, (maxNumOneEnd: number) => number> = {
  0: (max) => 10 * max,
  1: () => 10,
  4: () => 6,
  5: (max) => 3 * max + 1,
};

/** A session is admitted, and before that, some that are there are revoked or restored. */
const steps = fc.array(
  fc.record({
    platformId: userPlatforms,
    deviceId: devices,
    toggles: fc.array(fc.nat({ max: 50 }), { maxLength: 3 }),
  }),
  { minLength: 1, maxLength: 120 },
);

function toggle(sessions: readonly Session[], places: readonly number[]): readonly Session[] {
  return sessions.map((s, place) => (places.includes(place) ? { ...s, revoked: !s.revoked } : s));
}

describe('many admissions, revocations and restores', () => {
  it('leave a user as many sessions as the policy states, and one a named device', () => {
    fc.assert(
      fc.property(policies, limits, steps, (policy, max, admissions) => {
        let sessions: readonly Session[] = [];
        let version = 0;
        for (const { platformId, deviceId, toggles } of admissions) {
          version += 1;
          const newcomer = session({ id: `s${version}`, version, platformId, deviceId });
          const before = toggle(sessions, toggles);
          sessions = applyPlan(planAdmission(policy, max, newcomer), newcomer, before).kept;

          expect(sessions.length).toBeLessThanOrEqual(BOUNDS[policy](max));
          const named = sessions.filter((s) => s.deviceId !== '');
          const distinct = new Set(named.map((s) => `${s.platformId} ${s.deviceId}`));
          expect(distinct.size).toBe(named.length);
        }
      }),
    );
  });

  it('fill every place that the policy states: the bound is not merely above', () => {
    fc.assert(
      fc.property(policies, limits, (policy, max) => {
        let sessions: readonly Session[] = [];
        for (let version = 1; version <= 40 * max; version += 1) {
          // Platforms in turn, the admin's left out.
          const platformId = [1, 2, 3, 4, 5, 6, 7, 8, 9, 11][version % 10]!;
          const newcomer = session({ id: `s${version}`, version, platformId });
          sessions = applyPlan(planAdmission(policy, max, newcomer), newcomer, sessions).kept;
        }
        expect(sessions.length).toBe(BOUNDS[policy](max));
      }),
    );
  });

  it('satisfy the policy at the first admission after it was changed', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ policy: policies, max: limits, platformId: userPlatforms }), {
          minLength: 1,
          maxLength: 60,
        }),
        (admissions) => {
          let sessions: readonly Session[] = [];
          let version = 0;
          for (const { policy, max, platformId } of admissions) {
            version += 1;
            const newcomer = session({ id: `s${version}`, version, platformId });
            sessions = applyPlan(planAdmission(policy, max, newcomer), newcomer, sessions).kept;
            expect(sessions.length).toBeLessThanOrEqual(BOUNDS[policy](max));
          }
        },
      ),
    );
  });
});
