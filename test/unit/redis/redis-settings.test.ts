import { describe, expect, test } from 'vitest';
import { findingsOf } from '../../../src/stores/redis/redis-settings.js';

const info = (fields: Readonly<Record<string, string>> = {}) =>
  [
    '# Server',
    ...Object.entries({
      redis_version: '7.2.4',
      role: 'master',
      loading: '0',
      maxmemory: '0',
      maxmemory_policy: 'noeviction',
      executable: '/usr/bin/redis-server:with:colons',
      ...fields,
    }).map(([name, value]) => `${name}:${value}`),
    '',
  ].join('\r\n');

describe('what INFO says of a Redis', () => {
  test('nothing where all is well: without a limit nothing is evicted or refused', () => {
    expect(findingsOf(info())).toEqual({ advice: [] });
    expect(findingsOf(info({ maxmemory: '1000', used_memory: '800' }))).toEqual({ advice: [] });
  });

  test('a limit that is nearly reached: what happens then', () => {
    const { advice } = findingsOf(info({ maxmemory: '1000', used_memory: '801' }));
    expect(advice).toEqual([expect.stringMatching(/nearly full.*nobody logs in/)]);
  });

  test.each(['allkeys-lru', 'volatile-ttl', 'allkeys-random'])('what %s forgets', (policy) => {
    const { advice } = findingsOf(info({ maxmemory: '1000', maxmemory_policy: policy }));
    expect(advice).toEqual([expect.stringMatching(`${policy}.*guesses.*set noeviction`)]);
  });

  test.each([
    ['5.0.14', 1],
    ['6.0.16', 1],
    ['6.2.0', 0],
    ['8.0.1', 0],
    ['10.0.0', 0],
  ])('version %s', (redis_version, count) => {
    expect(findingsOf(info({ redis_version })).advice).toHaveLength(count);
  });

  test('a server whose memory is full takes no writes, unless it evicts', () => {
    const full = { maxmemory: '1000', used_memory: '1000' };
    expect(findingsOf(info(full)).unusable).toMatch(/full/);
    expect(findingsOf(info({ ...full, used_memory: '999' })).unusable).toBeUndefined();
    expect(findingsOf(info({ ...full, maxmemory_policy: 'allkeys-lru' })).unusable).toBe(undefined);
  });

  test('a replica and a server that is loading cannot be used', () => {
    expect(findingsOf(info({ role: 'slave' })).unusable).toMatch(/replica/);
    expect(findingsOf(info({ loading: '1' })).unusable).toMatch(/loading/);
  });
});
