import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type AdmissionRules, admitSession } from '../../../src/im/sessions/admit-session.js';
import { NEW_USER } from '../../../src/im/users/new-user.js';
import { KEPT_ENDS, MAX_KEPT_ENDS } from '../../../src/ports/user-record.js';

const WEEK = 7 * 24 * 3600;
const RULES: AdmissionRules = {
  policy: 1,
  maxNumOneEnd: 30,
  leewaySeconds: 5,
  works: ({ revoked }) => !revoked,
};

function login(n: number, platformId: number, startedAt: number, ttl: number) {
  const expiresAt = startedAt + ttl;
  const rest = { deviceId: '', scope: '', epoch: 1, revoked: false, businessSessionId: '' };
  return { id: `session-${n}`, platformId, startedAt, expiresAt, ...rest };
}

test('every end is in the record or was put aside, once, until nobody can ask for it', () => {
  const logins = fc.array(
    fc.record({
      platformId: fc.constantFrom(1, 2, 5),
      pause: fc.integer({ min: 0, max: 3 * 24 * 3600 }),
      ttl: fc.integer({ min: 1, max: WEEK }),
    }),
    { maxLength: 60 },
  );
  fc.assert(
    fc.property(logins, (steps) => {
      let record = NEW_USER;
      let now = 1_800_000_000;
      const toldAt = new Map<string, number>();
      const aside: string[] = [];
      for (const [n, { platformId, pause, ttl }] of steps.entries()) {
        now += pause;
        const admitted = admitSession(record, login(n, platformId, now, ttl), RULES, now);
        record = admitted.record;
        for (const { session, by, endedAt } of admitted.ended) {
          expect([by, endedAt]).toEqual([`session-${n}`, now]);
          toldAt.set(session.id, session.expiresAt + WEEK);
        }
        aside.push(...admitted.aside.map(({ session }) => session.id));
        expect(record.ended.length).toBeLessThanOrEqual(MAX_KEPT_ENDS);
      }
      const kept = record.ended.map(({ session }) => session.id);
      expect(new Set([...kept, ...aside]).size).toBe(kept.length + aside.length);
      for (const [id, until] of toldAt) {
        if (until > now) expect([...kept, ...aside]).toContain(id);
      }
    }),
  );
});

test('ends are put aside several at a time, the newest stay', () => {
  let record = NEW_USER;
  const sizes: [number, number][] = [];
  for (let n = 0; n < 12; n += 1) {
    const admitted = admitSession(record, login(n, 1, 1000 + n, 3600), RULES, 1000 + n);
    record = admitted.record;
    sizes.push([record.ended.length, admitted.aside.length]);
  }
  expect(sizes.slice(7)).toEqual([
    [7, 0],
    [MAX_KEPT_ENDS, 0],
    [KEPT_ENDS, MAX_KEPT_ENDS + 1 - KEPT_ENDS],
    [KEPT_ENDS + 1, 0],
    [KEPT_ENDS + 2, 0],
  ]);
  expect(record.ended[0]?.session.id).toBe('session-10');
});
