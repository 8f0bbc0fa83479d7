import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Fleet, PROFILES, startFleet } from '../../support/broker-fleet.js';
import type { BrokerProcess } from '../../support/broker-process.js';
import { NativeClient } from '../../support/broker-native.js';
import { adminToken } from '../../support/broker-oauth2.js';
import { OpenimClient } from '../../support/broker-openim.js';

const ENDS: [string, (broker: BrokerProcess) => Promise<unknown>][] = [
  ['SIGTERM', (broker) => broker.stop()],
  ['kill -9', (broker) => broker.kill()],
];

describe.each(PROFILES)('a broker is restarted in the middle, on the %s profile', (profile) => {
  let fleet: Fleet;
  let im: OpenimClient;
  let admin: string;
  beforeAll(async () => {
    fleet = await startFleet(profile);
    im = new OpenimClient(fleet.first.url);
    admin = await im.admin(fleet.appSecret);
  });
  afterAll(() => fleet?.stop());

  test.each(ENDS)('with %s: sessions and refusals are as before', async (how, end) => {
    const user = (name: string) => `${name} of ${how}`;
    const operator = new NativeClient(
      fleet.first.url,
      await adminToken(fleet.first.url, fleet.appSecret),
    );
    const live = await im.mint(admin, user('live'), 1);
    const kicked = await im.mint(admin, user('kicked'), 1);
    const kicker = await im.mint(admin, user('kicked'), 1);
    const out = await im.mint(admin, user('out'), 5);
    await im.forceLogout(admin, user('out'), 5);
    const suspended = await im.mint(admin, user('suspended'), 1);
    await operator.change(user('suspended'), { status: 'suspended' });
    const device = { userId: user('device'), platformId: 2, deviceId: 'a phone' };
    const replaced = await operator.mint(device);
    const replacer = await operator.mint(device);
    const before = await im.parseToken(live);
    const explained = await operator.inspect(out);

    await end(fleet.first);
    await fleet.first.startAgain();

    expect(await im.parseToken(live)).toEqual(before);
    const codes = [kicked, kicker, out, suspended, replaced.token, replacer.token];
    expect(await Promise.all(codes.map((token) => im.codeOf(token)))).toEqual([
      ...[1506, 0, 1506, 1506, 1506, 0],
    ]);
    expect(await operator.inspect(out)).toEqual(explained);
    expect((await operator.inspect(replaced.token)).status).toBe('replaced');
    expect(await im.getUserToken(admin, user('live'), 5)).toMatchObject({ errCode: 0 });
    expect(await im.codeOf(live)).toBe(0);
  });

  test('a broker killed right after its answer has lost nothing that it answered', async () => {
    const admins = [admin, await im.admin(fleet.appSecret)];
    for (let round = 1; round <= 2; round++) {
      const user = `answered ${round}`;
      const old = await im.mint(admin, user, 1);
      const fresh = await im.mint(admin, user, 1);
      await fleet.first.kill();
      await fleet.first.startAgain();
      expect([await im.codeOf(old), await im.codeOf(fresh)]).toEqual([1506, 0]);

      await im.forceLogout(admin, user, 1);
      await fleet.first.kill();
      await fleet.first.startAgain();
      expect(await im.codeOf(fresh)).toBe(1506);
    }

    for (const token of admins) expect((await im.getUserToken(token, 'later')).errCode).toBe(0);
  });

  test('an app made just before the kill is there after it', async () => {
    const operator = new NativeClient(
      fleet.first.url,
      await adminToken(fleet.first.url, fleet.appSecret),
    );
    const made = await operator.createApp('just-made', { adminUserIds: ['boss'] });
    await fleet.first.kill();
    await fleet.first.startAgain();

    const tenant = new OpenimClient(fleet.first.url, '/apps/just-made');
    expect((await tenant.getAdminToken(made.secret.secret, 'boss')).errCode).toBe(0);
  });

  test('what was under way when the broker was killed is done whole or not at all', async () => {
    const users = Array.from({ length: 400 }, (_, n) => `under way ${n}`);
    const answered: string[] = [];
    const minting = users.map(async (user) => {
      answered.push(await im.mint(admin, user, 1));
      // Some have been answered and the others have not.
      if (answered.length === 20) await fleet.first.kill();
    });
    await Promise.allSettled(minting);
    await fleet.first.startAgain();

    expect(answered.length).toBeGreaterThanOrEqual(20);
    expect(answered.length).toBeLessThan(users.length);
    const codes = await Promise.all(answered.map((token) => im.codeOf(token)));
    expect(new Set(codes)).toEqual(new Set([0]));
    for (const user of users.slice(0, 10)) {
      const token = await im.mint(admin, user, 1);
      expect(await im.codeOf(token)).toBe(0);
    }
  });
});
