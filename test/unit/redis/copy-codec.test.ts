import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeCopy, encodeCopy } from '../../../src/stores/redis/copy-codec.js';
import { anyCopy, sessionId, userCopy } from '../../support/user-copies.js';

const user = { appId: 'default', userId: 'user-1' };

describe('the codec of copies', () => {
  test('gives back what it wrote', () => {
    fc.assert(
      fc.property(anyCopy, (copy) => {
        expect(decodeCopy(copy, encodeCopy(copy))).toEqual(copy);
      }),
      { numRuns: 1000 },
    );
  });

  test('writes the tag that all sessions share once', () => {
    const working = new Map([
      [sessionId(1), 0],
      [sessionId(2), 35],
    ]);
    const denied = new Map([[sessionId(3), 'kicked' as const]]);
    expect(encodeCopy(userCopy({ version: 37, working, denied }))).toBe(
      '11.11.1.aAb_d-f9h;xxxxxxxxxxxxx1:0,xxxxxxxxxxxxx2:z,xxxxxxxxxxxxx3!k;',
    );
  });

  test('takes every text cut short for none', () => {
    fc.assert(
      fc.property(anyCopy, fc.nat(), (copy, cut) => {
        const text = encodeCopy({ ...copy, role: '' });
        expect(decodeCopy(copy, text.slice(0, cut % text.length))).toBeUndefined();
      }),
    );
  });

  test('takes any other text for none, and never throws', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.string({ unit: 'binary' })), (text) => {
        expect(decodeCopy(user, text)).toBeUndefined();
      }),
    );
  });

  test.each([
    ['of another version of the codec', '21.1.1.a;;'],
    ['with a status that there is not', '11.1.1.x;;'],
    ['with a number past 2^53', '11.zzzzzzzzzzz.1.a;;'],
    ['with a number that is none', '11.1.-1.a;;'],
    ['with an epoch past 2^53', '11.1.1.aAb_d-f9h;x:zzzzzzzzzzz;'],
    ['with a session that neither works nor is denied', '11.1.1.aAb_d-f9h;x;'],
    ['with an unknown denial', '11.1.1.aAb_d-f9h;x!z;'],
    ['with an empty item', '11.1.1.aAb_d-f9h;x:0,;'],
    ['with a role that is no JSON', '11.1.1.a;;night'],
    ['with a role that is no string', '11.1.1.a;;7'],
    ['with something behind the role', '11.1.1.a;;"night" '.concat('x')],
  ])('takes a copy %s for none', (_, text) => {
    expect(decodeCopy(user, text)).toBeUndefined();
  });

  test.each([
    ['a negative number', { version: -1 }],
    ['a number past 2^53', { position: 2 ** 53 }],
    ['a fraction', { incarnation: 0.5 }],
  ])('refuses to write %s', (_, parts) => {
    expect(() => encodeCopy(userCopy(parts))).toThrow(RangeError);
  });
});
