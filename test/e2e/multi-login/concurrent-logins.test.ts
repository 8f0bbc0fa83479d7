import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Fleet, PROFILES, startFleet } from '../../support/broker-fleet.js';
import { type Minted, NativeClient } from '../../support/broker-native.js';
import { adminToken } from '../../support/broker-oauth2.js';
import { OpenimClient } from '../../support/broker-openim.js';
import { pollUntil } from '../../support/broker-poll.js';
import { expectedSurvivors, type Login, loginOf, type Policy } from './expected-survivors.js';

const POLICIES: readonly Policy[] = [0, 1, 4, 5];
const MAX_NUM_ONE_END = 3;
const PLATFORMS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 11];

/** Fifty platforms, every one five times, in an order that has no system. */
const FIFTY = Array.from({ length: 50 }, (_, n) => PLATFORMS[(n * 7 + Math.floor(n / 10)) % 10]!);

describe.each(PROFILES)(
  'fifty logins of one user at the same time, on the %s profile',
  (profile) => {
    let fleet: Fleet;
    let operator: NativeClient;
    beforeAll(async () => {
      fleet = await startFleet(profile);
      operator = new NativeClient(
        fleet.first.url,
        await adminToken(fleet.first.url, fleet.appSecret),
      );
    });
    afterAll(() => fleet?.stop());

    /** Callers of an app with this policy, each at another broker where there are several. */
    async function appWith(policy: Policy, id: string) {
      const settings = {
        multiLoginPolicy: policy,
        maxNumOneEnd: MAX_NUM_ONE_END,
        adminUserIds: ['boss'],
      };
      const { secret } = await operator.createApp(id, settings);
      const token = await adminToken(fleet.other.url, secret.secret, id);
      const openim = fleet.brokers.map((broker) => new OpenimClient(broker.url, `/apps/${id}`));
      return {
        token,
        openim,
        native: fleet.brokers.map((broker) => new NativeClient(broker.url, token)),
        checker: openim[0]!,
      };
    }

    /** The ids of the sessions that work and of those that were kicked; nothing else may be. */
    async function sortOut(checker: OpenimClient, logins: readonly Login[]) {
      const codes = await Promise.all(logins.map(({ token }) => checker.codeOf(token)));
      expect(codes.filter((code) => code !== 0 && code !== 1506)).toEqual([]);
      const having = (wanted: number) =>
        logins.filter((_, n) => codes[n] === wanted).map(({ sessionId }) => sessionId);
      return { working: having(0).toSorted(), refused: having(1506).toSorted() };
    }

    test.each(POLICIES)(
      'leave what policy %i allows, and name whom they kicked',
      async (policy) => {
        const { native, checker } = await appWith(policy, `native-${policy}`);
        const minted = await Promise.all(
          FIFTY.map((platformId, n) => {
            return native[n % native.length]!.mint({ userId: 'the one', platformId });
          }),
        );

        const logins = minted.map(({ token }) => loginOf(token));
        const { working, refused } = await sortOut(checker, logins);
        expect(working).toEqual(expectedSurvivors(policy, MAX_NUM_ONE_END, logins));
        const named = minted.flatMap(({ kicked }) => kicked.map(({ sessionId }) => sessionId));
        expect(named.toSorted()).toEqual(refused);
        expect(new Set(logins.map(({ version }) => version)).size).toBe(FIFTY.length);
      },
    );

    test.each(POLICIES)('leave what policy %i allows, over OpenIM’s calls', async (policy) => {
      const { openim, checker, token } = await appWith(policy, `openim-${policy}`);
      const tokens = await Promise.all(
        FIFTY.map((platformId, n) => openim[n % openim.length]!.mint(token, 'the one', platformId)),
      );

      const logins = tokens.map(loginOf);
      const { working } = await sortOut(checker, logins);
      expect(working).toEqual(expectedSurvivors(policy, MAX_NUM_ONE_END, logins));
    });

    test.each(POLICIES)('leave what policy %i allows, in one batch', async (policy) => {
      const { native, checker } = await appWith(policy, `batch-${policy}`);
      const requests = FIFTY.map((platformId) => ({ userId: 'the one', platformId }));
      const answer = await native[0]!.send('POST', '/v1/im/tokens/batch', { requests });
      const { results } = answer.json<{ results: Minted[] }>();

      const logins = results.map(({ token }) => loginOf(token));
      const { working } = await sortOut(checker, logins);
      expect(working).toEqual(expectedSurvivors(policy, MAX_NUM_ONE_END, logins));
    });

    test('of one and the same device leave one session, whatever the policy', async () => {
      const { native, checker } = await appWith(0, 'same-device');
      const phone = { userId: 'the one', platformId: 2, deviceId: 'a phone' };
      const minted = await Promise.all(FIFTY.map((_, n) => native[n % native.length]!.mint(phone)));

      const logins = minted.map(({ token }) => loginOf(token));
      const { working } = await sortOut(checker, logins);
      const newest = logins.toSorted((x, y) => y.version - x.version)[0];
      expect(working).toEqual([newest?.sessionId]);
      const old = logins.find(({ sessionId }) => sessionId !== newest?.sessionId);
      expect((await native[0]!.inspect(old?.token ?? '')).status).toBe('replaced');
    });

    test('whom an answer names as kicked has ended by then', async () => {
      const { native, openim } = await appWith(4, 'named');
      const old = await native[0]!.mint({ userId: 'pia', platformId: 1, deviceId: 'old phone' });
      const web = await native[0]!.mint({ userId: 'pia', platformId: 5 });
      const fresh = await native[0]!.mint({ userId: 'pia', platformId: 2, deviceId: 'new phone' });

      expect(await openim[0]!.codeOf(old.token)).toBe(1506);
      expect(await openim[0]!.codeOf(web.token)).toBe(0);
      expect(fresh.kicked).toEqual([
        { sessionId: old.sessionId, platformId: 1, deviceId: 'old phone' },
      ]);
      const last = openim.at(-1)!;
      await pollUntil(1000, async () => (await last.codeOf(old.token)) === 1506);
    });

    test('when policy 5 is introduced, a login on a PC leaves an Android session before newer ones', async () => {
      const main = new OpenimClient(fleet.first.url);
      const admin = await main.admin(fleet.appSecret);
      const [phone, android, web] = [
        await main.mint(admin, 'quin', 1),
        await main.mint(admin, 'quin', 2),
        await main.mint(admin, 'quin', 5),
      ];
      await Promise.all(fleet.brokers.map((broker) => broker.stop()));
      const changes = { COUNTERSIGN_MULTI_LOGIN__POLICY: '5' };
      await Promise.all(fleet.brokers.map((broker) => broker.startAgain(changes)));
      const desk = await main.mint(admin, 'quin', 3);

      const codes = [phone, android, web, desk].map((token) => main.codeOf(token));
      expect(await Promise.all(codes)).toEqual([1506, 0, 1506, 0]);
    });
  },
);
