import { createPrivateKey } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SystemEntropy } from '../../../src/common/ids.js';
import { unsealPrivateKey } from '../../../src/keys/sealed-key.js';
import { LocalMasterKey } from '../../../src/stores/local/local-master-key.js';
import { type Fleet, PROFILES, startFleet } from '../../support/broker-fleet.js';
import { NativeClient } from '../../support/broker-native.js';
import { adminToken } from '../../support/broker-oauth2.js';
import { ledgerRows } from '../../support/ledger-rows.js';
import { operatorOf } from './keys-setting.js';

const TABLES = ['apps', 'app_secrets', 'signing_keys', 'im_users', 'ended_sessions', 'revocations'];

describe.each(PROFILES)('what lies about, on the %s profile', (profile) => {
  let fleet: Fleet;
  const secrets: Buffer[] = [];
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
    secrets.push(...before, ...(await privateParts()), master, ...texts);
  });
  afterAll(() => fleet?.stop());

  /** Every private part that the ledger holds, in the forms that it can be recognized by. */
  async function privateParts(): Promise<Buffer[]> {
    const bytes = Buffer.from(fleet.settings['COUNTERSIGN_MASTER_KEY'] ?? '', 'base64');
    const masterKey = new LocalMasterKey(bytes, undefined, new SystemEntropy());
    const rows = await ledgerRows(fleet, "select * from signing_keys where sealed_private <> ''");
    const parts: Buffer[] = [];
    for (const row of rows) {
      const algorithm = row['algorithm'] === 'HS256' ? 'HS256' : 'ES256';
      const use = { id: String(row['id']), ring: String(row['ring']), algorithm } as const;
      const part = await unsealPrivateKey(String(row['sealed_private']), use, masterKey);
      parts.push(part);
      if (algorithm === 'HS256') continue;
      const { d = '' } = createPrivateKey({ key: part, format: 'der', type: 'pkcs8' }).export({
        format: 'jwk',
      });
      parts.push(Buffer.from(d, 'base64url'));
    }
    return parts;
  }

  /** How many of the secrets are in it, as they are or as text. */
  function found(haystack: Buffer): number {
    const forms = secrets.flatMap((secret) => [
      secret,
      ...(['base64', 'base64url', 'hex'] as const).map((as) =>
        // Without the end, which depends on what follows.
        Buffer.from(secret.toString(as).slice(0, 40)),
      ),
    ]);
    return forms.filter((form) => haystack.includes(form)).length;
  }

  test('there are secrets to look for, and the search would find them', () => {
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
