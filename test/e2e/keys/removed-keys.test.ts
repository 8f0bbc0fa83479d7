import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Fleet, startFleet } from '../../support/broker-fleet.js';
import { NativeClient } from '../../support/broker-native.js';
import { adminToken } from '../../support/broker-oauth2.js';
import { OpenimClient } from '../../support/broker-openim.js';
import { operatorOf } from './keys-setting.js';

// A thief of a removed key can sign what has long to live; so the ledger is made to have removed
// the key of a token that has.
describe('a key that was removed', () => {
  let fleet: Fleet;
  let ofES256: string;
  let ofHS256: string;
  let appSecret: string;
  beforeAll(async () => {
    fleet = await startFleet('embedded');
    const operator = await operatorOf(fleet);
    appSecret = (await operator.createApp('hmac-removed', { algorithm: 'HS256' })).secret.secret;
    ofES256 = (await operator.mint({ userId: 'u', platformId: 1 })).token;
    ofHS256 = (await (await tenant()).mint({ userId: 'u', platformId: 1 })).token;
    await fleet.first.stop();
    const ledger = new DatabaseSync(join(fleet.dataDirectory, 'ledger.sqlite'));
    ledger.exec(`update signing_keys set retired_at = 1, removed_at = 1, sealed_private = ''
      where activated_at is not null`);
    ledger.close();
    await fleet.first.startAgain();
  });
  afterAll(() => fleet?.stop());

  async function tenant(): Promise<NativeClient> {
    const { url } = fleet.first;
    return new NativeClient(url, await adminToken(url, appSecret, 'hmac-removed'));
  }

  test('is not in the JWKS, and is told apart in the list of keys', async () => {
    const keys = await (await operatorOf(fleet)).keys('shared');
    const { keys: published } = (
      await (await operatorOf(fleet)).send('GET', '/.well-known/jwks.json')
    ).json<{ keys: { kid: string }[] }>();

    expect(keys.map(({ state }) => state).toSorted()).toEqual(['active', 'removed', 'upcoming']);
    const removed = keys.find(({ state }) => state === 'removed');
    expect(published.map(({ kid }) => kid)).not.toContain(removed?.id);
  });

  test('makes every token of it an expired one, whatever it says of itself', async () => {
    const operator = await operatorOf(fleet);

    expect(await new OpenimClient(fleet.first.url).codeOf(ofES256)).toBe(1501);
    const explained = await operator.inspect(ofES256);
    expect(explained.status).toBe('expired');
    expect(explained.userId).toBe('u');
    expect(explained.causes).toContainEqual({ type: 'expired' });
  });

  test('of HS256 leaves nothing to verify with, and its tokens are expired ones, too', async () => {
    const im = new OpenimClient(fleet.first.url, '/apps/hmac-removed');

    expect(await im.codeOf(ofHS256)).toBe(1501);
    const explained = await (await tenant()).inspect(ofHS256);
    expect(explained).toMatchObject({ status: 'expired', causes: [{ type: 'expired' }] });
    const young = await (await tenant()).mint({ userId: 'u', platformId: 1 });
    expect(await im.codeOf(young.token)).toBe(0);
  });
});
