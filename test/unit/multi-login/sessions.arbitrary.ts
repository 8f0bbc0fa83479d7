import fc from 'fast-check';
import { MULTI_LOGIN_POLICIES } from '../../../src/im/multi-login/plan.js';
import { PLATFORM_IDS, USER_PLATFORM_IDS } from '../../../src/im/platforms.js';
import type { Session } from '../../../src/ports/user-record.js';

/** A session, of which only what the policy looks at need be said. */
export function session(given: Partial<Session> & Pick<Session, 'id' | 'platformId'>): Session {
  return {
    version: 1,
    deviceId: '',
    scope: 'im:connect',
    epoch: 1,
    startedAt: 1_700_000_000,
    expiresAt: 1_700_003_600,
    revoked: false,
    businessSessionId: '',
    ...given,
  };
}

export const policies = fc.constantFrom(...MULTI_LOGIN_POLICIES);
export const limits = fc.integer({ min: 1, max: 4 });
/** Admission refuses the admin's platform; the plan copes with it anyway. */
export const platforms = fc.constantFrom(...PLATFORM_IDS);
export const userPlatforms = fc.constantFrom(...USER_PLATFORM_IDS);
/** Few, so that they meet; often none. */
export const devices = fc.constantFrom('', '', 'phone', 'laptop', 'tablet');

/** Sessions that an earlier policy may have left: any number on any platform, some revoked. */
export const existingSessions: fc.Arbitrary<readonly Session[]> = fc
  .array(
    fc.record({
      platformId: platforms,
      deviceId: devices,
      // Narrow, so that some versions are equal: a group commit may admit two at once.
      version: fc.integer({ min: 1, max: 25 }),
      startedAt: fc.integer({ min: 1_600_000_000, max: 1_700_000_000 }),
      revoked: fc.constantFrom(false, false, true, true),
    }),
    { maxLength: 24 },
  )
  .chain((drawn) =>
    fc
      .shuffledSubarray(
        drawn.map((_, index) => index),
        { minLength: drawn.length },
      )
      .map((ids) => drawn.map((given, index) => session({ ...given, id: `s${ids[index]}` }))),
  );

export const newcomers: fc.Arbitrary<Session> = fc
  .record({ platformId: platforms, deviceId: devices })
  .map((given) => session({ ...given, id: 'newcomer', version: 26 }));
