import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { COPIED_SESSIONS, copiedSessions, standingOf } from '../../../src/ports/copied-sessions.js';
import type { FinalCause } from '../../../src/ports/user-record.js';

const LETTERS = [...'AB-_'];
// Few letters, so that ids are often the start, the end or the middle of one another.
const text = (maxLength: number) =>
  fc.string({ unit: fc.constantFrom(...LETTERS), minLength: 1, maxLength });
const ids = fc.uniqueArray(
  fc.oneof(
    text(14).map((rest) => `AbCdEfGh${rest}`),
    text(22),
    // None of ours, and unable to break the others.
    fc.constantFrom('', 'a,b', 'A:0,B', 'A!k', ';'),
  ),
  { minLength: 1, maxLength: 12 },
);
const kinds = fc.infiniteStream(
  fc.constantFrom('works', 'revoked', 'kicked', 'replaced', 'business_session_ended', 'absent'),
);
const epochs = fc.infiniteStream(fc.nat());

describe('the sessions of a copy', () => {
  test('say of each how it stands, and of any other that it is not there', () => {
    fc.assert(
      fc.property(ids, kinds, epochs, (all, kindOf, epochOf) => {
        const drawn = all.map((id) => ({
          id,
          kind: kindOf.next().value,
          epoch: epochOf.next().value,
        }));
        const written = copiedSessions({
          sessions: drawn
            .filter(({ kind }) => kind === 'works' || kind === 'revoked')
            .map(({ id, kind, epoch }) => ({ id, epoch, revoked: kind === 'revoked' })),
          ended: drawn
            .filter(({ kind }) => !['works', 'revoked', 'absent'].includes(kind))
            .map(({ id, kind }) => ({ session: { id }, cause: kind as FinalCause })),
        });

        expect(written).toMatch(new RegExp(`^${COPIED_SESSIONS}$`));
        for (const { id, kind, epoch } of drawn.filter((one) => /^[\w-]+$/.test(one.id))) {
          const expected = kind === 'works' ? epoch : kind === 'absent' ? undefined : kind;
          expect(standingOf(written, id)).toBe(expected);
        }
      }),
      { numRuns: 3000 },
    );
  });

  test('are short: the tag that all share stands once in front', () => {
    const session = (n: number) => ({ id: `AbCdEfGh${'x'.repeat(13)}${n}`, epoch: 1 });
    const sessions = [
      { ...session(1), revoked: false },
      { ...session(2), revoked: true },
    ];
    const ended = [{ session: session(3), cause: 'kicked' as const }];
    expect(copiedSessions({ sessions, ended })).toBe(
      'AbCdEfGh;xxxxxxxxxxxxx1:1,xxxxxxxxxxxxx2!r,xxxxxxxxxxxxx3!k',
    );
    expect(copiedSessions({ sessions: [], ended: [] })).toBe(';');
    expect(standingOf(';', 'AbCdEfGh')).toBeUndefined();
  });
});
