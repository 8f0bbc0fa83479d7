import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyPlan, type Admission } from '../../../src/im/multi-login/apply-plan.js';
import { planAdmission, type MultiLoginPolicy } from '../../../src/im/multi-login/plan.js';
import { ADMIN_PLATFORM } from '../../../src/im/platforms.js';
import type { Session } from '../../../src/ports/user-record.js';
import { staying } from './naive-model.js';
import {
  existingSessions,
  limits,
  newcomers,
  policies,
  userPlatforms,
} from './sessions.arbitrary.js';

const RUNS = { numRuns: 1000 };

function admit(
  policy: MultiLoginPolicy,
  max: number,
  newcomer: Session,
  existing: readonly Session[],
): Admission {
  return applyPlan(planAdmission(policy, max, newcomer), newcomer, existing);
}

/** A property of one admission among any sessions under any policy. */
function always(
  hold: (
    admission: Admission,
    given: {
      readonly policy: MultiLoginPolicy;
      readonly max: number;
      readonly newcomer: Session;
      readonly existing: readonly Session[];
    },
  ) => void,
): void {
  fc.assert(
    fc.property(
      policies,
      limits,
      newcomers,
      existingSessions,
      (policy, max, newcomer, existing) => {
        hold(admit(policy, max, newcomer, existing), { policy, max, newcomer, existing });
      },
    ),
    RUNS,
  );
}

const ids = (sessions: readonly Session[]): string[] => sessions.map((s) => s.id);

describe('applying a plan', () => {
  it('keeps the newcomer, first', () => {
    always(({ kept }, { newcomer }) => {
      expect(kept[0]).toBe(newcomer);
    });
  });

  it('loses and invents no session', () => {
    always(({ kept, ended }, { newcomer, existing }) => {
      const after = [...kept, ...ended.map(({ session }) => session)];
      expect(ids(after).toSorted()).toEqual(ids([newcomer, ...existing]).toSorted());
      expect(new Set(after)).toEqual(new Set([newcomer, ...existing]));
    });
  });

  it('keeps exactly whom the policy’s own words keep', () => {
    always(({ kept }, { policy, max, newcomer, existing }) => {
      const expected = staying(policy, max, newcomer, existing);
      expect(new Set(ids(kept.slice(1)))).toEqual(expected);
    });
  });

  it('leaves no group with more sessions than places, even if all that is revoked is restored', () => {
    always(({ kept }, { policy, max, newcomer }) => {
      const restored = kept.map((s) => ({ ...s, revoked: false }));
      for (const { platforms, keep } of planAdmission(policy, max, newcomer).groups) {
        const working = restored.filter((s) => platforms.some((id) => id === s.platformId));
        expect(working.length).toBeLessThanOrEqual(keep);
      }
    });
  });

  it('kicks nobody from a group that has places for all', () => {
    always(({ ended }, { policy, max, newcomer, existing }) => {
      for (const { platforms, keep } of planAdmission(policy, max, newcomer).groups) {
        const isIn = (s: Session): boolean => platforms.some((id) => id === s.platformId);
        if ([newcomer, ...existing].filter(isIn).length > keep) continue;
        expect(ended.filter((e) => e.cause === 'kicked' && isIn(e.session))).toEqual([]);
      }
    });
  });

  it('never kicks a working session and keeps a revoked one that competes with it', () => {
    always(({ kept, ended }, { policy, max, newcomer }) => {
      for (const { platforms } of planAdmission(policy, max, newcomer).groups) {
        const isIn = (s: Session): boolean => platforms.some((id) => id === s.platformId);
        const keepsRevoked = kept.some((s) => isIn(s) && s !== newcomer && s.revoked);
        if (!keepsRevoked) continue;
        const kicked = ended.filter((e) => e.cause === 'kicked' && isIn(e.session));
        expect(kicked.filter((e) => !e.session.revoked)).toEqual([]);
      }
    });
  });

  it('does not depend on the order in which the sessions come', () => {
    fc.assert(
      fc.property(
        policies,
        limits,
        newcomers,
        existingSessions.chain((existing) =>
          fc.tuple(
            fc.constant(existing),
            fc.shuffledSubarray([...existing], { minLength: existing.length }),
          ),
        ),
        (policy, max, newcomer, [existing, shuffled]) => {
          const one = admit(policy, max, newcomer, existing);
          expect(admit(policy, max, newcomer, shuffled)).toEqual(one);
        },
      ),
      RUNS,
    );
  });

  it('does not change what it is given', () => {
    always((_, { policy, max, newcomer, existing }) => {
      const frozen = Object.freeze([...existing]);
      expect(() => admit(policy, max, newcomer, frozen)).not.toThrow();
      expect(frozen).toEqual(existing);
    });
  });

  it('does not look at the clock', () => {
    always((admission, { policy, max, newcomer, existing }) => {
      const timeless = existing.map((s) => ({ ...s, startedAt: 0, expiresAt: 0 }));
      const again = admit(policy, max, newcomer, timeless);
      expect(ids(again.kept)).toEqual(ids(admission.kept));
      expect(again.ended.map((e) => e.cause)).toEqual(admission.ended.map((e) => e.cause));
    });
  });

  it('ends nobody when it is applied again to those that it kept', () => {
    always(({ kept }, { policy, max, newcomer }) => {
      expect(admit(policy, max, newcomer, kept.slice(1))).toEqual({ kept, ended: [] });
    });
  });

  it('never ends the newcomer’s own session when it is there already', () => {
    always((admission, { policy, max, newcomer, existing }) => {
      expect(admit(policy, max, newcomer, [...existing, newcomer])).toEqual(admission);
    });
  });

  it('lists those it kept and those it ended newest first', () => {
    always(({ kept, ended }) => {
      const versions = (sessions: readonly Session[]): number[] => sessions.map((s) => s.version);
      const endedSessions = ended.map((e) => e.session);
      expect(versions(kept)).toEqual(versions(kept).toSorted((a, b) => b - a));
      expect(versions(endedSessions)).toEqual(versions(endedSessions).toSorted((a, b) => b - a));
    });
  });

  it('replaces all of the newcomer’s device and nothing else', () => {
    always(({ ended }, { newcomer, existing }) => {
      const sameDevice = existing.filter(
        (s) =>
          newcomer.deviceId !== '' &&
          s.deviceId === newcomer.deviceId &&
          s.platformId === newcomer.platformId,
      );
      const replaced = ended.filter((e) => e.cause === 'replaced').map((e) => e.session);
      expect(new Set(replaced)).toEqual(new Set(sameDevice));
    });
  });

  it('kicks no admin, and nobody when an admin comes', () => {
    always(({ ended }, { newcomer }) => {
      const kicked = ended.filter((e) => e.cause === 'kicked').map((e) => e.session.platformId);
      expect(kicked).not.toContain(ADMIN_PLATFORM);
      if (newcomer.platformId === ADMIN_PLATFORM) expect(kicked).toEqual([]);
    });
  });

  it('decides the same whether or not admins are there', () => {
    fc.assert(
      fc.property(
        policies,
        limits,
        newcomers,
        userPlatforms,
        existingSessions,
        (policy, max, drawn, platformId, existing) => {
          const newcomer = { ...drawn, platformId };
          const people = existing.filter((s) => s.platformId !== ADMIN_PLATFORM);
          const withAdmins = admit(policy, max, newcomer, existing);
          const without = admit(policy, max, newcomer, people);
          expect(withAdmins.ended).toEqual(without.ended);
        },
      ),
      RUNS,
    );
  });
});
