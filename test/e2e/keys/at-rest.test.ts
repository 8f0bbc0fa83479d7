import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Fleet, PROFILES, startFleet } from '../../support/broker-fleet.js';
import { NativeClient } from '../../support/broker-native.js';
import { adminToken } from '../../support/broker-oauth2.js';
import { ledgerRows } from '../../support/ledger-rows.js';
import { bytesOf, openKeysOf } from '../../support/opened-keys.js';
import { SecretSearch } from '../../support/secret-search.js';
import { operatorOf } from './keys-setting.js';

const TABLES = ['apps', 'app_secrets', 'signing_keys', 'im_users', 'ended_sessions', 'revocations'];

describe.each(PROFILES)('what lies about, on the %s profile', (profile) => {
  let fleet: Fleet;
  let search: SecretSearch;
  beforeAll(async () => {
    fleet = await startFleet(profile, { LOG_LEVEL: 'trace' });
    const operator = await operatorOf(fleet);
    const { secret } = await operator.createApp('hmac-hidden', { algorithm: 'HS256' });
    const tenant = new NativeClient(
      fleet.other.url,
      await adminToken(fleet.other.url, secret.secret, 'hmac-hidden'),
    );
    const minted = await tenant.mint({ userId: 'u', platformId: 1 });
    await tenant.inspect(minted.token);
    await operator.send('POST', '/v1/keys/nothing/revoke', { reason: 'no such key' });
    const before = await privateParts();
    await operator.rotateKeys({ force: true });
    const [upcoming] = (await operator.keys('shared')).filter(({ state }) => state === 'upcoming');
    await operator.revokeKey(upcoming?.id ?? '');
    const master = Buffer.from(fleet.settings['COUNTERSIGN_MASTER_KEY'] ?? '', 'base64');
    const texts = [fleet.appSecret, secret.secret, minted.token].map((text) => Buffer.from(text));
    search = new SecretSearch([...before, ...(await privateParts()), master, ...texts]);
  });
  afterAll(() => fleet?.stop());

  const privateParts = async () => (await openKeysOf(fleet)).flatMap(bytesOf);
  const found = (haystack: Buffer) => search.found(haystack);

  test('there are secrets to look for, and the search would find them', () => {
    const { secrets } = search;
    expect(secrets.length).toBeGreaterThan(12);
    const [secret = Buffer.alloc(0)] = secrets;
    expect(found(Buffer.concat([Buffer.from('x'), secret, Buffer.from('y')]))).toBeGreaterThan(0);
    expect(found(Buffer.from(`{"d":"${secret.toString('base64url')}"}`))).toBeGreaterThan(0);
  });

  test('the ledger has no private key, secret or token in clear', async () => {
    if (profile === 'embedded') {
      const names = (await readdir(fleet.dataDirectory)).filter((name) => /sqlite/.test(name));
      expect(names.length).toBeGreaterThan(0);
      for (const name of names) {
        expect(found(await readFile(join(fleet.dataDirectory, name))), name).toBe(0);
      }
    }
    for (const table of TABLES) {
      const rows = await ledgerRows(fleet, `select * from ${table}`);
      expect(found(Buffer.from(JSON.stringify(rows))), table).toBe(0);
    }
  });

  const inCluster = profile === 'cluster' ? [''] : [];
  test.each(inCluster)('neither has Redis%s', async () => {
    const redis = new Redis(fleet.settings['REDIS_URL'] ?? '');
    const keys = await redis.keys('*');
    expect(keys.length).toBeGreaterThan(0);
    for (const key of keys) {
      const value = await redis.dumpBuffer(key);
      expect(found(Buffer.concat([Buffer.from(key), value ?? Buffer.alloc(0)])), key).toBe(0);
    }
    await redis.quit();
  });

  test('nor what the brokers have said', async () => {
    const said = fleet.brokers.map(({ output }) => output).join('\n');

    expect(said).toMatch(/DEBUG|TRACE/);
    expect(found(Buffer.from(said))).toBe(0);
  });
});
