import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RedisKeys } from '../../../src/stores/redis/redis-keys.js';
import { anyId } from '../../support/user-copies.js';

describe('keys in Redis', () => {
  test('say the prefix, the kind, the app and the user', () => {
    const user = { appId: 'default', userId: 'user-1' };
    expect(new RedisKeys().copy(user)).toBe('cs:c{7:defaultuser-1}');
    expect(new RedisKeys('prod:').copy(user)).toBe('prod:c{7:defaultuser-1}');
    expect(new RedisKeys('prod:').events()).toBe('prod:events');
  });

  test('differ for different users, as the bytes that Redis gets', () => {
    const keys = new RedisKeys();
    const user = fc.record({ appId: anyId, userId: anyId });
    fc.assert(
      fc.property(user, user, (a, b) => {
        const same = a.appId === b.appId && a.userId === b.userId;
        const bytes = [a, b].map((one) => Buffer.from(keys.copy(one), 'utf8').toString('hex'));
        expect(bytes[0] === bytes[1]).toBe(same);
      }),
      { numRuns: 2000 },
    );
  });

  test('have a hash tag that is never empty and depends on the user only', () => {
    fc.assert(
      fc.property(anyId, anyId, (appId, userId) => {
        const tags = [new RedisKeys('a:'), new RedisKeys('b:x')].map(
          (keys) => /\{(.*?)\}/s.exec(keys.copy({ appId, userId }))?.[1],
        );
        expect(tags[0]).not.toBe('');
        expect(tags[0]).toBe(tags[1]);
      }),
    );
  });

  test('take no prefix with a brace', () => {
    expect(() => new RedisKeys('a{b}')).toThrow(RangeError);
  });
});
