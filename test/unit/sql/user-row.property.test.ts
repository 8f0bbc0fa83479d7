import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Session, SessionEnd, UserRecord } from '../../../src/ports/user-record.js';
import {
  decodeSession,
  encodeEnded,
  encodeSession,
  encodeSessions,
  toStoredUser,
} from '../../../src/stores/sql/user-row.js';

// Few values, so that neighbours are often alike and often not.
const id = fc.constantFrom('AbCdEfGh00000000000000', 'AbCdEfGh11111111111111', '');
const seconds = fc.integer({ min: 0, max: 2_000_000_000 });

const session: fc.Arbitrary<Session> = fc.record({
  id,
  version: fc.nat(),
  platformId: fc.integer({ min: 1, max: 11 }),
  deviceId: fc.constantFrom('', 'phone', '"\\,[]'),
  scope: fc.constantFrom('im:connect im:renew', '', 'a'),
  epoch: fc.constantFrom(0, 1, 2),
  startedAt: seconds,
  expiresAt: seconds,
  revoked: fc.boolean(),
  businessSessionId: fc.constantFrom('', 'bs_AbCdEfGhIjKlMnOpQrSt'),
});

const end: fc.Arbitrary<SessionEnd> = fc.record({
  session,
  cause: fc.constantFrom('kicked', 'replaced', 'business_session_ended'),
  by: id,
  endedAt: seconds,
});

const record: fc.Arbitrary<UserRecord> = fc.record({
  version: fc.nat(),
  status: fc.constantFrom('active', 'suspended'),
  role: fc.string(),
  sessions: fc.array(session, { maxLength: 4 }),
  ended: fc.array(end, { maxLength: 8 }),
});

function stored({ version, status, role, ...rest }: UserRecord): UserRecord {
  const sessions = encodeSessions({ version, status, role, ...rest });
  const ended = encodeEnded({ version, status, role, ...rest });
  const row = { user_id: 'u', version, status, role, sessions, ended, created_at: 1 };
  return toStoredUser(row).record;
}

describe('a user’s row', () => {
  it('gives back the record that was written', () => {
    fc.assert(
      fc.property(record, (one) => {
        expect(stored(one)).toEqual(one);
      }),
    );
  });

  it('gives back a session that was written by itself', () => {
    fc.assert(
      fc.property(session, (one) => {
        expect(decodeSession(encodeSession(one))).toEqual(one);
      }),
    );
  });

  it('spends less than 80 characters on an end like the session after it', () => {
    const newest: Session = {
      id: 'AbCdEfGh00000000000000',
      version: 9,
      platformId: 1,
      deviceId: 'phone',
      scope: 'im:connect im:renew',
      epoch: 1,
      startedAt: 1_795_360_773,
      expiresAt: 1_795_965_573,
      revoked: false,
      businessSessionId: '',
    };
    const ended: SessionEnd[] = [1, 2, 3, 4].map((age) => ({
      session: { ...newest, id: `AbCdEfGh1111111111111${age}`, version: 9 - age },
      cause: 'kicked',
      by: age === 1 ? newest.id : `AbCdEfGh1111111111111${age - 1}`,
      endedAt: newest.startedAt + 1000,
    }));
    const text = encodeEnded({ version: 9, status: 'active', role: '', sessions: [newest], ended });
    expect(text.length / 4).toBeLessThan(80);
  });
});
