import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Fleet, PROFILES, startFleet } from '../../support/broker-fleet.js';
import { NativeClient } from '../../support/broker-native.js';
import { adminToken } from '../../support/broker-oauth2.js';
import { OpenimClient } from '../../support/broker-openim.js';

// What no call of this release does: the ledger is changed by hand, while no broker runs.
describe.each(PROFILES)('tokens whose ground is gone, on the %s profile', (profile) => {
  let fleet: Fleet;
  beforeAll(async () => {
    fleet = await startFleet(profile);
  });
  afterAll(() => fleet?.stop());

  async function edit(statement: string): Promise<void> {
    await Promise.all(fleet.brokers.map((broker) => broker.stop()));
    const databaseUrl = fleet.settings['DATABASE_URL'];
    if (databaseUrl === undefined) {
      const ledger = new DatabaseSync(join(fleet.dataDirectory, 'ledger.sqlite'));
      ledger.exec(statement);
      ledger.close();
    } else {
      const client = new Client({ connectionString: databaseUrl });
      await client.connect();
      await client.query(statement);
      await client.end();
    }
    await Promise.all(fleet.brokers.map((broker) => broker.startAgain()));
  }

  test('a session that the ledger does not know, and a key that was revoked, have codes of their own', async () => {
    const im = new OpenimClient(fleet.first.url);
    const admin = await im.admin(fleet.appSecret);
    const [lost, kept] = [await im.mint(admin, 'lost'), await im.mint(admin, 'kept')];
    const native = async () =>
      new NativeClient(fleet.other.url, await adminToken(fleet.other.url, fleet.appSecret));

    // Another incarnation, as after a restore of a back-up: what Redis kept is believed no more.
    await edit(`delete from im_users where user_id = 'lost';
      update ledger_meta set incarnation = incarnation + 1`);
    expect(await im.parseToken(lost)).toMatchObject({
      errCode: 1507,
      errMsg: 'TokenNotExistError',
    });
    expect(await im.codeOf(kept)).toBe(0);
    expect((await (await native()).inspect(lost)).status).toBe('unknown_session');

    await edit('update signing_keys set revoked_at = 1 where activated_at is not null');
    expect(await im.parseToken(kept)).toMatchObject({ errCode: 1505, errMsg: 'TokenUnknownError' });
    expect(await im.getUserToken(admin, 'kept')).toMatchObject({ errCode: 1505 });
    const explained = await (await native()).inspect(kept);
    expect(explained.status).toBe('key_revoked');
    expect(explained.causes).toEqual([{ type: 'key_revoked', keyId: explained.keyId }]);
    const fresh = await im.mint(await im.admin(fleet.appSecret), 'kept', 2);
    expect(await im.codeOf(fresh)).toBe(0);
  });
});
