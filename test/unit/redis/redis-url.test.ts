import { describe, expect, test } from 'vitest';
import { parseRedisUrl } from '../../../src/stores/redis/redis-url.js';

describe('a Redis URL', () => {
  test('names one server', () => {
    expect(parseRedisUrl('redis://example.org')).toEqual({
      kind: 'single',
      address: { host: 'example.org', port: 6379 },
      credentials: {},
      db: 0,
      tls: false,
    });
  });

  test('may hold credentials, a port, a database and TLS', () => {
    expect(parseRedisUrl('rediss://broker:p%40ss%2C%2F@[::1]:7000/3')).toEqual({
      kind: 'single',
      address: { host: '::1', port: 7000 },
      credentials: { username: 'broker', password: 'p@ss,/' },
      db: 3,
      tls: true,
    });
  });

  test('may hold a password without a user', () => {
    expect(parseRedisUrl('redis://:word@h').credentials).toEqual({ password: 'word' });
  });

  test('of several servers names a Cluster', () => {
    expect(parseRedisUrl('redis://a:7000, redis://u:word@b:7001,redis://c')).toEqual({
      kind: 'cluster',
      addresses: [
        { host: 'a', port: 7000 },
        { host: 'b', port: 7001 },
        { host: 'c', port: 6379 },
      ],
      credentials: { username: 'u', password: 'word' },
      tls: false,
    });
  });

  test('may name Sentinels and their master', () => {
    expect(parseRedisUrl('redis+sentinel://u:word@a:7000,b/my-master/2')).toEqual({
      kind: 'sentinel',
      addresses: [
        { host: 'a', port: 7000 },
        { host: 'b', port: 26379 },
      ],
      credentials: { username: 'u', password: 'word' },
      name: 'my-master',
      db: 2,
    });
  });

  test.each([
    '',
    'example.org:6379',
    'http://u:hidden@h',
    'redis://',
    'redis://u:hidden@:6379',
    'redis://u:hidden@h:port',
    'redis://u:hidden@h:99999',
    'redis://u:hidden@h/name',
    'redis://u:hidden%zz@h',
    'redis://u:hidden@a,rediss://b',
    'redis://u:hidden@a/1,redis://b/1',
    'redis://u:hidden@a,b:7000',
    'redis+sentinel://u:hidden@a:7000',
    'redis+sentinel://u:hidden@a:7000/',
    'redis+sentinel://u:hidden@a:7000/name/x',
    'redis+sentinel://u:hidden@a:7000/name/1/2',
  ])('that is none is refused without being repeated: %s', (url) => {
    let message = '';
    try {
      parseRedisUrl(url);
    } catch (error) {
      message = String(error);
    }
    expect(message).toMatch(/^Error: /);
    expect(message).not.toContain('hidden');
  });
});
