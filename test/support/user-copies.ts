import fc from 'fast-check';
import { copiedSessions } from '../../src/ports/copied-sessions.js';
import type { FinalCause, UserCopy } from '../../src/ports/user-record.js';

/** Sessions of a copy: id → epoch of those that work, id → why of the others. */
export interface CopySessions {
  readonly working?: ReadonlyMap<string, number>;
  readonly denied?: ReadonlyMap<string, 'revoked' | FinalCause>;
}

/** A copy of a user without sessions, but for what is given. */
export function userCopy({
  working,
  denied,
  ...parts
}: Partial<UserCopy> & CopySessions = {}): UserCopy {
  return {
    appId: 'default',
    userId: 'user-1',
    incarnation: 1,
    version: 1,
    position: 1,
    status: 'active',
    role: '',
    sessions: sessionsOf({ ...(working && { working }), ...(denied && { denied }) }),
    ...parts,
  };
}

function sessionsOf({ working = new Map(), denied = new Map() }: CopySessions): string {
  const ended = [...denied].flatMap(([id, cause]) =>
    cause === 'revoked' ? [] : [{ session: { id }, cause }],
  );
  const revoked = [...denied].filter(([, cause]) => cause === 'revoked');
  const sessions = [
    ...[...working].map(([id, epoch]) => ({ id, epoch, revoked: false })),
    ...revoked.map(([id]) => ({ id, epoch: 0, revoked: true })),
  ];
  return copiedSessions({ sessions, ended });
}

/** The nth session id of a user whose tag is `tag`. */
export function sessionId(n: number, tag = 'Ab_d-f9h'): string {
  return tag + String(n).padStart(14, 'x');
}

const BASE64URL = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'];

function base64url(length: number): fc.Arbitrary<string> {
  return fc.string({ unit: fc.constantFrom(...BASE64URL), minLength: length, maxLength: length });
}

const anyNumber = fc.oneof(fc.nat(), fc.maxSafeNat());

/** Anything that an id may be made of, and then some: half surrogates, braces, control characters. */
export const anyId: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: 'binary', minLength: 1, maxLength: 64 }),
  fc.string({
    unit: fc.constantFrom('{', '}', ':', '!', '1', 'a', '\ud800', '\ud801'),
    minLength: 1,
  }),
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 16 }),
);

/** Copies with sessions that share their tag, as they should, and with some that don't. */
export const anyCopy: fc.Arbitrary<UserCopy> = fc
  .tuple(base64url(8), fc.constantFrom(14, 22), fc.nat({ max: 2 }))
  .chain(([tag, length, strangers]) => {
    const own = base64url(length).map((rest) => (length === 14 ? tag + rest : rest));
    const id = strangers === 0 ? own : fc.oneof(own, base64url(22));
    const sessions = fc.record({
      working: fc.array(fc.tuple(id, fc.nat())).map((entries) => new Map(entries)),
      denied: fc
        .array(
          fc.tuple(
            id,
            fc.constantFrom<'revoked' | FinalCause>(
              ...(['revoked', 'kicked', 'replaced', 'business_session_ended'] as const),
            ),
          ),
        )
        .map((entries) => new Map(entries)),
    });
    return fc.record({
      appId: anyId,
      userId: anyId,
      incarnation: anyNumber,
      version: anyNumber,
      position: anyNumber,
      status: fc.constantFrom('active' as const, 'suspended' as const),
      role: fc.oneof(fc.constant(''), fc.string({ unit: 'binary' }), fc.string()),
      sessions: sessions.map(sessionsOf),
    });
  });
