import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { type Fleet, startFleet } from '../../support/broker-fleet.js';
import { NativeClient, problemOf } from '../../support/broker-native.js';
import { adminToken } from '../../support/broker-oauth2.js';
import { OpenimClient } from '../../support/broker-openim.js';
import { pollUntil } from '../../support/broker-poll.js';

/** What the design promises whatever is lost on the way: no broker is further behind than this. */
const BEHIND_MS = 1000;
/** With Redis up, news travels ahead of the feed, which is read every 250 ms only. */
const NEWS_MS = 50;
const ROUNDS = 21;

describe('two brokers on one PostgreSQL and one Redis are as one', () => {
  let fleet: Fleet;
  let a: OpenimClient;
  let b: OpenimClient;
  let admin: string;
  let operatorOfA: NativeClient;
  let operatorOfB: NativeClient;
  beforeAll(async () => {
    fleet = await startFleet('cluster');
    a = new OpenimClient(fleet.first.url);
    b = new OpenimClient(fleet.other.url);
    admin = await a.admin(fleet.appSecret);
    const token = await adminToken(fleet.first.url, fleet.appSecret);
    operatorOfA = new NativeClient(fleet.first.url, token);
    operatorOfB = new NativeClient(fleet.other.url, token);
  });
  afterAll(() => fleet?.stop());

  /**
   * After how long B refuses what A ended: the median of some rounds, in milliseconds, so that one
   * hiccup of the machine is no failure. No round may take longer than the second promised.
   */
  async function medianRefusal(
    end: (user: string) => Promise<unknown>,
    code = 1506,
  ): Promise<number> {
    const took: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const user = `${expect.getState().currentTestName?.slice(-30)} ${round}`;
      const token = await a.mint(admin, user, 1);
      expect(await b.codeOf(token)).toBe(0);
      await end(user);
      took.push(await pollUntil(BEHIND_MS, async () => (await b.codeOf(token)) === code));
    }
    const median = took.toSorted((x, y) => x - y)[Math.floor(ROUNDS / 2)] ?? Infinity;
    onTestFinished(({ task }) => {
      Object.assign(task.meta, { medianMs: median, slowestMs: Math.max(...took) });
    });
    return median;
  }

  test('what one minted is good on the other at once, without another try', async () => {
    for (let round = 0; round < 50; round++) {
      const user = `at once ${round % 10}`;
      const platform = 1 + (round % 9);
      const [minting, checking] = round % 2 === 0 ? [a, b] : [b, a];
      expect(await checking.codeOf(await minting.mint(admin, user, platform))).toBe(0);
    }
  });

  test('so is what fifty callers mint and check at the same time', async () => {
    const codes = await Promise.all(
      Array.from({ length: 50 }, async (_, n) => b.codeOf(await a.mint(admin, `crowd ${n}`, 1))),
    );

    expect(new Set(codes)).toEqual(new Set([0]));
  });

  test('an admin token of one is good on the other at once', async () => {
    const fresh = await a.admin(fleet.appSecret);

    expect((await b.getUserToken(fresh, 'by b')).errCode).toBe(0);
  });

  test('what one logged out is refused by the other', async () => {
    expect(await medianRefusal((user) => a.forceLogout(admin, user, 1))).toBeLessThan(NEWS_MS);
  });

  test('what a login on one kicked is refused by the other', async () => {
    expect(await medianRefusal((user) => a.mint(admin, user, 1))).toBeLessThan(NEWS_MS);
  });

  test('who was suspended on one is refused by the other', async () => {
    const suspend = (user: string) => operatorOfA.change(user, { status: 'suspended' });

    expect(await medianRefusal(suspend)).toBeLessThan(NEWS_MS);
  });

  test('a role changed on one supersedes its tokens on the other', async () => {
    const promote = (user: string) => operatorOfA.change(user, { role: 'vip' });

    expect(await medianRefusal(promote, 1501)).toBeLessThan(NEWS_MS);
  });

  test('an app made on one serves on the other at once', async () => {
    for (let round = 0; round < 5; round++) {
      const algorithm = round % 2 === 0 ? 'ES256' : 'HS256';
      const settings = { adminUserIds: ['boss'], algorithm };
      const { secret } = await operatorOfA.createApp(`fresh-${round}`, settings);
      const tenant = new OpenimClient(fleet.other.url, `/apps/fresh-${round}`);
      const boss = await tenant.admin(secret.secret, 'boss');
      const token = await tenant.mint(boss, 'first user');

      expect(await tenant.codeOf(token)).toBe(0);
      const elsewhere = new OpenimClient(fleet.first.url, `/apps/fresh-${round}`);
      expect(await elsewhere.codeOf(token)).toBe(0);
    }
  });

  test('an app cannot be made on both at once', async () => {
    const make = (operator: NativeClient) => operator.send('POST', '/v1/apps', { id: 'wanted' });
    const answers = await Promise.all([operatorOfA, operatorOfB].map(make));

    expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 409]);
  });

  test('a secret issued on one works on the other at once, and its withdrawal ends its tokens', async () => {
    const { secret: first } = await operatorOfA.createApp('rotating', { adminUserIds: ['boss'] });
    const issued = await operatorOfA.send('POST', '/v1/apps/rotating/secrets', {});
    const { secret: next } = issued.json<{ secret: string }>();
    const tenant = new OpenimClient(fleet.other.url, '/apps/rotating');
    const old = await tenant.admin(first.secret, 'boss');
    const young = await tenant.admin(next, 'boss');

    const path = `/v1/apps/rotating/secrets/${first.id}`;
    expect((await operatorOfA.send('DELETE', path)).status).toBe(204);
    const tookMs = await pollUntil(BEHIND_MS, async () => {
      return (await tenant.getUserToken(old, 'somebody')).errCode === 1506;
    });

    onTestFinished(({ task }) => void Object.assign(task.meta, { tookMs }));
    expect((await tenant.getAdminToken(first.secret, 'boss')).errCode).toBe(1002);
    expect((await tenant.getUserToken(young, 'somebody')).errCode).toBe(0);
    const native = new NativeClient(fleet.other.url, old);
    const mint = { userId: 'somebody', platformId: 1 };
    const refused = await native.send('POST', '/v1/im/tokens', mint);
    expect(problemOf(refused)).toMatchObject({ status: 401, code: 'token_revoked' });
  });

  test('both explain a token in the same words', async () => {
    const old = await a.mint(admin, 'explained', 1);
    await b.mint(admin, 'explained', 1);

    expect(await operatorOfA.inspect(old)).toEqual(await operatorOfB.inspect(old));
  });

  test('one goes on when the other is killed, and the other takes part again when it is back', async () => {
    const before = await a.mint(admin, 'left behind', 1);
    await fleet.first.kill();
    const during = await b.mint(admin, 'left behind', 5);
    await b.forceLogout(admin, 'left behind', 1);
    expect([await b.codeOf(before), await b.codeOf(during)]).toEqual([1506, 0]);

    await fleet.first.startAgain();
    expect([await a.codeOf(before), await a.codeOf(during)]).toEqual([1506, 0]);
    await a.forceLogout(admin, 'left behind', 5);
    await pollUntil(BEHIND_MS, async () => (await b.codeOf(during)) === 1506);
  });
});
