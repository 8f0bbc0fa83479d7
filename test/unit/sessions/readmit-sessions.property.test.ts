import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { groupsOf, MULTI_LOGIN_POLICIES } from '../../../src/im/multi-login/plan.js';
import { Seats } from '../../../src/im/multi-login/seats.js';
import { admitSession } from '../../../src/im/sessions/admit-session.js';
import { readmitUnder } from '../../../src/im/sessions/readmit-sessions.js';
import { NEW_USER } from '../../../src/im/users/new-user.js';
import type { Session, UserRecord } from '../../../src/ports/user-record.js';

type Policy = (typeof MULTI_LOGIN_POLICIES)[number];
type Step =
  | { readonly do: 'login'; readonly platformId: number; readonly device: string }
  | { readonly do: 'revoke'; readonly platformId: number | undefined }
  | { readonly do: 'restore'; readonly which: number };

const NOW = 1_800_000_000;
const works = ({ revoked }: Session) => !revoked;
const platformId = fc.integer({ min: 1, max: 9 });
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('login'),
      platformId,
      device: fc.constantFrom('', 'a', 'b'),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('revoke'),
      platformId: fc.option(platformId, { nil: undefined }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('restore'), which: fc.nat({ max: 5 }) }) },
);
const policies = fc.constantFrom(...MULTI_LOGIN_POLICIES);
const most = fc.integer({ min: 1, max: 3 });

/** A user's life under one policy; revocations are boundaries that may each be taken back once. */
class Life {
  record: UserRecord = NEW_USER;
  kickedByRestoring = 0;
  #logins = 0;
  #standing: { readonly platformId: number | undefined; readonly upTo: number }[] = [];

  constructor(
    private readonly policy: Policy,
    private readonly maxNumOneEnd: number,
  ) {}

  take(next: Step): void {
    if (next.do === 'login') this.#login(next.platformId, next.device);
    else if (next.do === 'revoke') this.#revoke(next.platformId);
    else this.restore(next.which, this.policy, this.maxNumOneEnd);
  }

  #login(platform: number, deviceId: string): void {
    const newcomer = {
      id: `session-${this.#logins++}`,
      platformId: platform,
      deviceId,
      scope: '',
      epoch: 0,
      startedAt: NOW,
      expiresAt: NOW + 3600,
      revoked: false,
      businessSessionId: '',
    };
    const { policy, maxNumOneEnd } = this;
    const rules = { policy, maxNumOneEnd, leewaySeconds: 5, works };
    this.record = admitSession(this.record, newcomer, rules, NOW).record;
  }

  #revoke(platform: number | undefined): void {
    this.#standing.push({ platformId: platform, upTo: this.record.version });
    this.#flag();
  }

  restore(which: number, policy: Policy, maxNumOneEnd: number): void {
    if (this.#standing.length === 0) return;
    const before = new Set(this.record.sessions.filter(works).map(({ id }) => id));
    this.#standing.splice(which % this.#standing.length, 1);
    this.#flag();
    const back = this.record.sessions.filter((one) => works(one) && !before.has(one.id));
    const readmit = readmitUnder(policy, maxNumOneEnd);
    const ids = new Set(back.map(({ id }) => id));
    const { record } = readmit(this.record, ids, works, NOW);
    this.kickedByRestoring += this.record.sessions.length - record.sessions.length;
    this.record = record;
  }

  #flag(): void {
    const sessions = this.record.sessions.map((session) => ({
      ...session,
      revoked: this.#standing.some(
        ({ platformId: platform, upTo }) =>
          session.version <= upTo && (platform === undefined || platform === session.platformId),
      ),
    }));
    this.record = { ...this.record, version: this.record.version + 1, sessions };
  }
}

function fits(record: UserRecord, policy: Policy, maxNumOneEnd: number): boolean {
  const seats = new Seats(groupsOf(policy, maxNumOneEnd));
  return record.sessions.filter(works).every(({ platformId: platform }) => seats.take(platform));
}

describe('what a restore brings back', () => {
  test('never is more than the policy allows, and under the same policy all of it comes back', () => {
    fc.assert(
      fc.property(policies, most, fc.array(step, { maxLength: 40 }), (policy, max, steps) => {
        const life = new Life(policy, max);
        for (const next of steps) {
          life.take(next);
          expect(fits(life.record, policy, max)).toBe(true);
        }
        expect(life.kickedByRestoring).toBe(0);
      }),
      { numRuns: 2000 },
    );
  });

  test('is what a policy that was tightened meanwhile has room for, the newest first', () => {
    const life = new Life(0, 30);
    for (const device of ['a', 'b', 'c']) life.take({ do: 'login', platformId: 1, device });
    life.take({ do: 'login', platformId: 2, device: 'd' });
    life.take({ do: 'revoke', platformId: undefined });
    life.restore(0, 1, 30);

    expect(life.record.sessions.map(({ deviceId }) => deviceId)).toEqual(['d', 'c']);
    expect(life.record.ended.map(({ session, cause }) => [session.deviceId, cause])).toEqual([
      ['b', 'kicked'],
      ['a', 'kicked'],
    ]);
    const newest = life.record.sessions.find(({ deviceId }) => deviceId === 'c');
    expect(new Set(life.record.ended.map(({ by }) => by))).toEqual(new Set([newest?.id]));
  });
});
