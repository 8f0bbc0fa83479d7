import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { SystemClock } from '../../src/common/clock.js';
import { SystemEntropy } from '../../src/common/ids.js';
import type { AppRules } from '../../src/im/apps/app-directory.js';
import { MULTI_LOGIN_POLICIES, type MultiLoginPolicy } from '../../src/im/multi-login/plan.js';
import { IssueUserToken } from '../../src/im/tokens/issue-user-token.js';
import { MintUserToken, type MintRequest } from '../../src/im/tokens/mint-user-token.js';
import { USER_TOKEN_TYPE } from '../../src/im/tokens/token-claims.js';
import { ensureRing } from '../../src/keys/ensure-ring.js';
import { KeyView } from '../../src/keys/key-view.js';
import { ReserveExpiry } from '../../src/keys/reserve-expiry.js';
import { SHARED_RING } from '../../src/keys/ring.js';
import { SignTokens } from '../../src/keys/sign-tokens.js';
import { Announcer } from '../../src/ledger/announcer.js';
import { FeedWindow } from '../../src/ledger/belief.js';
import { GroupCommit } from '../../src/ledger/group-commit.js';
import type { Session } from '../../src/ports/user-record.js';
import { LocalMasterKey } from '../../src/stores/local/local-master-key.js';
import { MemoryChangeEvents } from '../../src/stores/memory/memory-change-events.js';
import type { LedgerEngine, LedgerEnds, OpenLedger } from '../support/ledger-engines.js';
import { silentLog } from '../support/silent-log.js';
import { APP } from '../support/user-records.js';
import { staying } from '../unit/multi-login/naive-model.js';

const LOGINS = 50;
const MAX_NUM_ONE_END = 3;
const PLATFORMS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 11];
const entropy = new SystemEntropy();

function rules(policy: MultiLoginPolicy): AppRules {
  return {
    appId: APP,
    policy,
    maxNumOneEnd: MAX_NUM_ONE_END,
    userTtlSeconds: undefined,
    roleTtlSeconds: {},
    adminUserIds: [],
    algorithm: 'ES256',
  };
}

/** What logins of one user at once leave, on every engine and with two brokers. */
export function concurrentMintsContract(engine: LedgerEngine): void {
  describe(`fifty logins of one user at once, by two brokers on ${engine.name}`, () => {
    let ledger: OpenLedger;
    let brokers: MintUserToken[];
    beforeEach(async () => {
      ledger = await engine.open();
      const masterKey = new LocalMasterKey(entropy.bytes(32), undefined, entropy);
      await ensureRing(ledger.control, SHARED_RING, masterKey, entropy);
      const keys = new KeyView(masterKey, [USER_TOKEN_TYPE]);
      await keys.load((await ledger.control.read()).state.keys);
      brokers = [broker(ledger, keys), broker(await ledger.another(), keys)];
    });
    afterEach(() => ledger.close());

    function broker({ users, control }: LedgerEnds, keys: KeyView): MintUserToken {
      const events = new MemoryChangeEvents(() => undefined);
      const announcer = new Announcer([], events, new FeedWindow(900_000), silentLog);
      const commits = new GroupCommit(users, announcer, new SystemClock(), engine);
      const refresh = async () => keys.load((await control.read()).state.keys);
      const reservations = new ReserveExpiry(keys, control, refresh, 3600);
      const signing = new SignTokens(reservations);
      const tokens = new IssueUserToken(signing, entropy, 'https://issuer.example');
      return new MintUserToken(commits, tokens, entropy, {
        maxUserTtlSeconds: 86_400,
        maxLifetimeSeconds: 86_400,
        leewaySeconds: 5,
        autoRegister: true,
      });
    }

    /** Mints, half of it on each broker; what happens between them is left to chance. */
    function mintAll(policy: MultiLoginPolicy, requests: readonly MintRequest[]) {
      return Promise.all(
        requests.map((request, n) => {
          const mint = brokers[n % 2] ?? expect.fail();
          return mint.mint(rules(policy), request, 3600);
        }),
      );
    }

    async function left(userId: string) {
      const [user] = (await ledger.users.read([{ appId: APP, userId }])).users;
      return user?.record ?? expect.fail('the user is not there');
    }

    test.for(MULTI_LOGIN_POLICIES)('leave what policy %i allows', async (policy) => {
      const request = (n: number): MintRequest => ({
        userId: 'user-1',
        platformId: PLATFORMS[(n * 7) % PLATFORMS.length] ?? 1,
        deviceId: n % 5 === 0 ? `device-${n % 10}` : '',
      });
      const minted = await mintAll(
        policy,
        Array.from({ length: LOGINS }, (_, n) => request(n)),
      );

      // Admitted one after the other, in the order of their versions.
      const order = minted.map(({ session }) => session).toSorted((a, b) => a.version - b.version);
      expect(order.map(({ version }) => version)).toEqual(
        Array.from({ length: LOGINS }, (_, n) => n + 1),
      );
      let model: Session[] = [];
      for (const newcomer of order) {
        const stay = staying(policy, MAX_NUM_ONE_END, newcomer, model);
        model = [newcomer, ...model.filter(({ id }) => stay.has(id))];
      }
      const record = await left('user-1');
      expect(record.version).toBe(LOGINS);
      expect(record.sessions.map(({ id }) => id).toSorted()).toEqual(
        model.map(({ id }) => id).toSorted(),
      );

      // Who is not left was ended by exactly one login, which said so; the ledger remembers it.
      const kicked = minted.flatMap((one) =>
        one.kicked.map(({ sessionId }) => ({ sessionId, by: one.session.id })),
      );
      const gone = order.filter(({ id }) => !model.some((session) => session.id === id));
      expect(kicked.map(({ sessionId }) => sessionId).toSorted()).toEqual(
        gone.map(({ id }) => id).toSorted(),
      );
      for (const { sessionId, by } of kicked) {
        // The last ends are kept with the user, older ones are put aside.
        const kept = record.ended.find(({ session }) => session.id === sessionId);
        const user = { appId: APP, userId: 'user-1' };
        const end = kept ?? (await ledger.users.endedSession(user, sessionId));
        expect(end?.by).toBe(by);
      }
      const { users } = await ledger.feed.read(0);
      expect(Math.max(...users.map(({ version }) => version))).toBe(LOGINS);
    });

    test('with one idempotency key are one login', async () => {
      const request: MintRequest = {
        userId: 'user-1',
        platformId: 1,
        deviceId: '',
        idempotency: { key: 'key-1', requestHash: 'hash' },
      };
      const minted = await mintAll(
        0,
        Array.from({ length: LOGINS }, () => request),
      );
      expect(new Set(minted.map(({ session }) => session.id)).size).toBe(1);
      const record = await left('user-1');
      expect(record.version).toBe(1);
      expect(record.sessions.map(({ id }) => id)).toEqual([minted[0]?.session.id]);
    });

    test('of each of many users leave one session on each platform', async () => {
      const requests = Array.from({ length: 400 }, (_, n): MintRequest => {
        return { userId: `user-${n % 20}`, platformId: 1 + (n % 2), deviceId: '' };
      });
      const minted = await mintAll(1, requests);
      for (let n = 0; n < 20; n += 1) {
        const { sessions, version } = await left(`user-${n}`);
        expect(version).toBe(20);
        const own = minted.filter(({ userId }) => userId === `user-${n}`);
        const newest = own.toSorted((a, b) => b.session.version - a.session.version)[0];
        expect(sessions.map(({ id }) => id)).toEqual([newest?.session.id]);
      }
    });
  });
}
