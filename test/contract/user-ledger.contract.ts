import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { BrokerError } from '../../src/common/errors.js';
import { userTag } from '../../src/common/ids.js';
import type { AppRow } from '../../src/ports/control-ledger.port.js';
import type { LockedUsers, UserWrites } from '../../src/ports/user-ledger.port.js';
import type { LedgerEngine, OpenLedger } from '../support/ledger-engines.js';
import { sessionId } from '../support/user-copies.js';
import {
  APP,
  batchOf,
  endedSessionOf,
  idempotencyOf,
  raiseEach,
  raiseVersions,
  revocationOf,
  userRecord,
  userSession,
  writesOf,
} from '../support/user-records.js';

const DAY = 24 * 3600;
const user = { appId: APP, userId: 'user-1' };

/** What every engine of UserLedger keeps to. */
export function userLedgerContract(engine: LedgerEngine): void {
  describe(`the users' ledger in ${engine.name}`, () => {
    let ledger: OpenLedger;
    beforeEach(async () => {
      ledger = await engine.open();
    });
    afterEach(() => ledger.close());

    /** What the feed names from a position on. */
    async function namedFrom(position: number): Promise<[string, number][]> {
      const { users } = await ledger.feed.read(position);
      return users.map(({ userId, version }) => [userId, version]);
    }

    async function see(batch: {
      userIds?: readonly string[];
      idempotencyKeys?: readonly string[];
      appId?: string;
    }): Promise<LockedUsers> {
      let seen: LockedUsers | undefined;
      const nothing = (locked: LockedUsers): UserWrites => {
        seen = locked;
        return writesOf({});
      };
      await ledger.users.change(batchOf([], nothing, batch));
      if (seen === undefined) throw new Error('nothing was decided');
      return seen;
    }

    test('a user that was never written is not there', async () => {
      const { users } = await ledger.users.read([user]);
      expect(users).toEqual([undefined]);
      const locked = await see({ userIds: ['user-1'] });
      expect([...locked.users]).toEqual([['user-1', undefined]]);
    });

    test('a user comes back as it was written', async () => {
      const record = userRecord({
        version: 7,
        status: 'suspended',
        role: 'night watch; "Ünïcode" 👩‍🚒 \u2028',
        sessions: [
          userSession({ id: sessionId(2), version: 7, deviceId: 'a "phone" \\ {}', epoch: 3 }),
          userSession({ id: sessionId(1), version: 2, revoked: true }),
        ],
        ended: [
          {
            session: userSession({ id: sessionId(3), version: 6, revoked: true }),
            cause: 'kicked',
            by: sessionId(2),
            endedAt: 1_800_000_000,
          },
          {
            session: userSession({ id: sessionId(4), version: 5, deviceId: 'd' }),
            cause: 'business_session_ended',
            by: 'business session',
            endedAt: 1_800_000_001,
          },
        ],
      });
      const profile = {
        nickname: 'O\u2019Neil 👩',
        faceUrl: 'https://x/?a=1&b="',
        ex: '{"a":[1]}',
      };
      const before = await ledger.now();
      const { written } = await ledger.users.change(
        batchOf(['user-1'], () => writesOf({ users: [{ userId: 'user-1', record, profile }] })),
      );
      expect([...written]).toEqual(['user-1']);
      const [stored] = (await ledger.users.read([user])).users;
      expect(stored).toEqual({ record, profile, createdAt: expect.any(Number) as number });
      expect(stored?.createdAt).toBeGreaterThanOrEqual(before);
      expect(stored?.createdAt).toBeLessThanOrEqual(await ledger.now());
    });

    test('a change without a profile leaves the profile as it was', async () => {
      const profile = { nickname: 'Ann', faceUrl: 'f', ex: 'e' };
      const record = userRecord();
      await ledger.users.change(
        batchOf(['user-1'], () => writesOf({ users: [{ userId: 'user-1', record, profile }] })),
      );
      await ledger.users.change(batchOf(['user-1'], raiseVersions));
      const [stored] = (await ledger.users.read([user])).users;
      expect(stored).toMatchObject({ profile, record: { version: 2 } });
      const emptied = { ...profile, nickname: '' };
      await ledger.users.change(
        batchOf(['user-1'], ({ users }) => ({
          ...raiseVersions({ users } as LockedUsers),
          users: [{ userId: 'user-1', record: { ...record, version: 3 }, profile: emptied }],
        })),
      );
      expect((await ledger.users.read([user])).users[0]?.profile).toEqual(emptied);
    });

    test('who decides sees the records, the clock and the epoch of the app', async () => {
      await raiseEach(ledger.users, ['user-1']);
      const before = await ledger.now();
      const locked = await see({ userIds: ['user-1', 'user-2'] });
      expect(locked.users.get('user-1')?.record.version).toBe(1);
      expect(locked.users.has('user-2')).toBe(true);
      expect(Math.floor(locked.nowMs / 1000)).toBeGreaterThanOrEqual(before);
      expect(Math.floor(locked.nowMs / 1000)).toBeLessThanOrEqual(await ledger.now());
      expect(locked.epoch).toBe(0);
      await ledger.control.change(() => ({
        writes: { apps: [appOf(5, [2, 4])] },
        result: undefined,
      }));
      expect(await see({})).toMatchObject({ epoch: 5, revokedEpoch: 4 });
      await ledger.control.change(() => ({
        writes: { apps: [appOf(5, [2])] },
        result: undefined,
      }));
      expect(await see({})).toMatchObject({ epoch: 5, revokedEpoch: 2 });
      expect(await see({ appId: 'other' })).toMatchObject({ epoch: 0, revokedEpoch: -1 });
    });

    test('all that a transaction writes is there, and one row of the feed names it', async () => {
      const { position } = await ledger.feed.read(0);
      const session = userSession({ id: sessionId(1) });
      const ended = endedSessionOf('user-1', session);
      const revocation = revocationOf('user-2', 'rev_1');
      const remembered = idempotencyOf('user-2', 'key-1', await ledger.now());
      await ledger.users.change(
        batchOf(['user-1', 'user-2', 'user-3'], (locked) => ({
          ...raiseVersions(locked),
          ended: [ended],
          revocations: [revocation],
          idempotency: [remembered],
        })),
      );
      expect(await ledger.users.endedSession(user, session.id)).toEqual(ended);
      expect(await ledger.revocations.find(APP, 'rev_1')).toEqual(revocation);
      const seen = await see({ idempotencyKeys: ['key-1', 'key-2'] });
      expect([...seen.idempotency]).toEqual([['key-1', remembered]]);
      expect((await namedFrom(position)).toSorted()).toEqual([
        ['user-1', 1],
        ['user-2', 1],
        ['user-3', 1],
      ]);
      const { control, users } = await ledger.feed.read(position);
      expect(control).toBe(false);
      expect(new Set(users.map(({ appId }) => appId))).toEqual(new Set([APP]));
    });

    test('a decision that is thrown changes nothing, comes out as it was, and lets go', async () => {
      const { position } = await ledger.feed.read(0);
      const refusal = new BrokerError('user_suspended', 'no');
      for (const thrown of [refusal, new TypeError('a defect')]) {
        const outcome = ledger.users.change(
          batchOf(['user-1'], () => {
            throw thrown;
          }),
        );
        await expect(outcome).rejects.toBe(thrown);
        const { written } = await ledger.users.change(batchOf(['user-2'], raiseVersions));
        expect([...written]).toEqual(['user-2']);
      }
      expect(await namedFrom(position)).toEqual([
        ['user-2', 1],
        ['user-2', 2],
      ]);
    });

    test('a decision that was thrown holds no lock when it comes out', async () => {
      await raiseEach(ledger.users, ['user-1']);
      for (let round = 0; round < 20; round += 1) {
        await ledger.users
          .change(
            batchOf(['user-1'], () => {
              throw new BrokerError('user_suspended', 'no');
            }),
          )
          .catch(() => undefined);
        const { written } = await ledger.users.change(batchOf(['user-1'], raiseVersions));
        expect([...written]).toEqual(['user-1']);
      }
    });

    test('a decision without users and revocations writes nothing and is not in the feed', async () => {
      const { position } = await ledger.feed.read(0);
      const { written } = await ledger.users.change(
        batchOf(['user-1'], () =>
          writesOf({
            ended: [endedSessionOf('user-1', userSession())],
            idempotency: [idempotencyOf('user-1', 'key-1', 1_800_000_000)],
          }),
        ),
      );
      expect([...written]).toEqual([]);
      expect(await namedFrom(position)).toEqual([]);
      expect(await ledger.users.endedSession(user, sessionId(1))).toBeUndefined();
    });

    test('a batch with a row that cannot be written fails whole', async () => {
      const revocation = revocationOf('user-1', 'rev_1');
      const twice = batchOf(['user-1', 'user-2'], (locked) => ({
        ...raiseVersions(locked),
        revocations: [revocation, revocation],
      }));
      const { position } = await ledger.feed.read(0);
      await expect(ledger.users.change(twice)).rejects.not.toMatchObject({
        code: 'ledger_unavailable',
      });
      expect(await namedFrom(position)).toEqual([]);
      expect((await ledger.users.read([user])).users).toEqual([undefined]);
      await raiseEach(ledger.users, ['user-1']);
    });

    test('users are read in the order asked, with gaps, and apart by app', async () => {
      await raiseEach(ledger.users, ['user-1', 'user-2']);
      await raiseEach(ledger.users, ['user-2']);
      const { users } = await ledger.users.read([
        { appId: APP, userId: 'user-2' },
        { appId: 'other', userId: 'user-1' },
        { appId: APP, userId: 'nobody' },
        { appId: APP, userId: 'user-1' },
      ]);
      expect(users.map((stored) => stored?.record.version)).toEqual([2, undefined, undefined, 1]);
      expect((await ledger.users.read([])).users).toEqual([]);
    });

    test('a position is older than every change that the reading or the commit lacks', async () => {
      for (let round = 1; round <= 20; round += 1) {
        const committed = await ledger.users.change(batchOf(['user-1'], raiseVersions));
        const reading = await ledger.users.read([user]);
        expect(reading.users[0]?.record.version).toBe(round);
        expect(reading.incarnation).toBe(committed.incarnation);
        await raiseEach(ledger.users, ['user-1', 'user-2']);
        for (const { position } of [committed, reading]) {
          expect(await namedFrom(position)).toContainEqual(['user-1', round + 1]);
        }
        await ledger.users.change(
          batchOf(['user-1'], () =>
            writesOf({ users: [{ userId: 'user-1', record: userRecord({ version: round }) }] }),
          ),
        );
      }
    });

    test('a session leads to its user while it is there and after it has ended', async () => {
      const id = (n: number) => sessionId(n, userTag(APP, 'user-1'));
      const sessions = [userSession({ id: id(1) }), userSession({ id: id(2) })];
      const { userId: _whose, ...kept } = endedSessionOf('user-1', userSession({ id: id(4) }));
      await ledger.users.change(
        batchOf(['user-1'], () =>
          writesOf({
            users: [{ userId: 'user-1', record: userRecord({ sessions, ended: [kept] }) }],
            ended: [endedSessionOf('user-1', userSession({ id: id(3) }))],
          }),
        ),
      );
      for (const n of [1, 2, 3, 4]) {
        expect(await ledger.users.findSessionOwner(APP, id(n))).toBe('user-1');
        expect(await ledger.users.findSessionOwner('other', id(n))).toBeUndefined();
      }
      for (const strange of [id(5), id(1).slice(0, 8), '', '[', `${id(1)}x`, "'; --"]) {
        expect(await ledger.users.findSessionOwner(APP, strange)).toBeUndefined();
      }
    });

    test('ended sessions are found in their app and of their user only', async () => {
      const session = userSession({ id: sessionId(1), revoked: true });
      const ended = endedSessionOf('user-1', session, { cause: 'replaced' });
      await ledger.users.change(
        batchOf(['user-1'], (locked) => ({
          ...raiseVersions(locked),
          ended: [ended],
        })),
      );
      expect(await ledger.users.endedSession(user, session.id)).toEqual(ended);
      const strangers = [
        { appId: 'other', userId: 'user-1' },
        { appId: APP, userId: 'user-2' },
      ];
      for (const stranger of strangers) {
        expect(await ledger.users.endedSession(stranger, session.id)).toBeUndefined();
      }
    });

    test('an idempotency key is remembered for a day, then free to be used again', async () => {
      const remember = async (outcome: string) => {
        const record = idempotencyOf('user-1', 'key-1', await ledger.now(), { outcome });
        await ledger.users.change(
          batchOf(['user-1'], (locked) => ({ ...raiseVersions(locked), idempotency: [record] }), {
            idempotencyKeys: ['key-1'],
          }),
        );
      };
      const outcome = async () =>
        (await see({ idempotencyKeys: ['key-1'] })).idempotency.get('key-1')?.outcome;
      await remember('first');
      await ledger.pass(DAY - 20);
      expect(await outcome()).toBe('first');
      await ledger.pass(40);
      expect(await outcome()).toBeUndefined();
      await remember('second');
      expect(await outcome()).toBe('second');
      expect((await see({ idempotencyKeys: ['key-1'], appId: 'other' })).idempotency.size).toBe(0);
    });

    test('a sweep forgets expired keys and what ended a week before, and nothing else', async () => {
      const now = await ledger.now();
      const session = (n: number, expiresAt: number) =>
        userSession({ id: sessionId(n), expiresAt });
      await ledger.users.change(
        batchOf(['user-1'], (locked) => ({
          ...raiseVersions(locked),
          ended: [
            endedSessionOf('user-1', session(1, now)),
            endedSessionOf('user-1', session(2, now + 2 * DAY)),
          ],
          idempotency: [idempotencyOf('user-1', 'key-1', now)],
        })),
      );
      expect(await ledger.users.sweep(DAY)).toBe(0);
      await ledger.pass(DAY + 20);
      expect(await ledger.users.sweep(DAY)).toBe(1);
      await ledger.pass(6 * DAY);
      expect(await ledger.users.sweep(DAY)).toBe(1);
      expect(await ledger.users.endedSession(user, sessionId(1))).toBeUndefined();
      expect(await ledger.users.endedSession(user, sessionId(2))).toBeDefined();
      expect((await ledger.users.read([user])).users[0]?.record.version).toBe(1);
      expect(await ledger.users.sweep(DAY)).toBe(0);
    });

    test('users are apart, whatever their ids', async () => {
      const ids = ADVERSARIAL_IDS;
      await raiseEach(ledger.users, ids);
      const { position } = await ledger.feed.read(0);
      for (const [n, userId] of ids.entries()) {
        const record = userRecord({ version: 2, role: `role ${n}`, sessions: [userSession()] });
        const { written } = await ledger.users.change(
          batchOf(
            [userId],
            () =>
              writesOf({
                users: [{ userId, record, profile: { nickname: userId, faceUrl: '', ex: '' } }],
                ended: [
                  endedSessionOf(userId, userSession({ id: sessionId(n), deviceId: userId })),
                ],
                revocations: [revocationOf(userId, `rev_${n}`, { reason: userId })],
                idempotency: [idempotencyOf(userId, userId, 4_000_000_000)],
              }),
            { idempotencyKeys: [userId] },
          ),
        );
        expect([...written]).toEqual([userId]);
      }
      const { users } = await ledger.users.read(ids.map((userId) => ({ appId: APP, userId })));
      expect(users.map((stored) => stored?.record.role)).toEqual(ids.map((_, n) => `role ${n}`));
      expect(users.map((stored) => stored?.profile.nickname)).toEqual(ids);
      const renamed = (await namedFrom(position)).filter(([, version]) => version === 2);
      expect(renamed.map(([userId]) => userId)).toEqual(ids);
      const locked = await see({ userIds: ids, idempotencyKeys: ids });
      expect(new Set(locked.users.keys())).toEqual(new Set(ids));
      expect([...locked.users.values()].every((stored) => stored?.record.version === 2)).toBe(true);
      expect(new Set(locked.idempotency.keys())).toEqual(new Set(ids));
      for (const [n, userId] of ids.entries()) {
        const ended = await ledger.users.endedSession({ appId: APP, userId }, sessionId(n));
        expect(ended?.session.deviceId).toBe(userId);
      }
    });

    test('several processes that raise one user lose no change', async () => {
      const ends = [ledger, await ledger.another(), await ledger.another()];
      await Promise.all(
        Array.from({ length: 45 }, (_, n) =>
          raiseEach((ends[n % ends.length] ?? ledger).users, ['user-1']),
        ),
      );
      const { users } = await ledger.users.read([user]);
      expect(users[0]?.record.version).toBe(45);
      expect((await namedFrom(0)).map(([, version]) => version).toSorted((a, b) => a - b)).toEqual(
        Array.from({ length: 45 }, (_, n) => n + 1),
      );
    });

    test('a storm of overlapping batches in any order loses no change and fails none', async () => {
      const ends = [ledger, await ledger.another(), await ledger.another(), await ledger.another()];
      const random = seeded(20_260_101);
      const expected = new Map<string, number>();
      const batches = Array.from({ length: 80 }, () => {
        const size = 1 + Math.floor(random() * 12);
        const ids = new Set(
          Array.from({ length: size }, () => `user-${Math.floor(random() * 40)}`),
        );
        for (const id of ids) expected.set(id, (expected.get(id) ?? 0) + 1);
        return [...ids].toSorted(() => random() - 0.5);
      });
      await Promise.all(
        batches.map((ids, n) => raiseEach((ends[n % ends.length] ?? ledger).users, ids)),
      );
      const ids = [...expected.keys()];
      const { users } = await ledger.users.read(ids.map((userId) => ({ appId: APP, userId })));
      const versions = users.map((stored, n) => [ids[n], stored?.record.version]);
      expect(new Map(versions as [string, number][])).toEqual(expected);
      const named = await namedFrom(0);
      expect(named).toHaveLength([...expected.values()].reduce((sum, count) => sum + count, 0));
      expect(new Set(named.map(([userId, version]) => `${userId} ${version}`)).size).toBe(
        named.length,
      );
    });

    test('a batch of 512 users with 30 sessions each is written and read back', async () => {
      const ids = Array.from({ length: 512 }, (_, n) => `user-${n}`);
      const sessions = Array.from({ length: 30 }, (_, n) => userSession({ id: sessionId(n) }));
      const { written } = await ledger.users.change(
        batchOf(ids, () =>
          writesOf({ users: ids.map((userId) => ({ userId, record: userRecord({ sessions }) })) }),
        ),
      );
      expect(written.size).toBe(512);
      const { users } = await ledger.users.read(ids.map((userId) => ({ appId: APP, userId })));
      expect(users.every((stored) => stored?.record.sessions.length === 30)).toBe(true);
    });
  });
}

/** A small generator of the same numbers in every run (mulberry32). */
function appOf(epoch: number, revokedUpTo: readonly number[]): AppRow {
  const revokedEpochs = revokedUpTo.map((upTo) => ({ revocationId: `rev_${upTo}`, upTo }));
  return { id: APP, name: '', epoch, revokedEpochs, settings: {}, createdAt: 0 };
}

function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Well-formed ids without control characters: the only ones that dialects let in. */
const ADVERSARIAL_IDS: readonly string[] = [
  '__proto__',
  'constructor',
  'NULL',
  'null',
  '{}',
  '{a,b}',
  '[]',
  '"',
  '\\',
  "'",
  ',',
  ' ',
  '%_',
  '$1',
  "'; drop table im_users; --",
  '👩‍🚒',
  '👩',
  'e\u0301',
  '\u00e9',
  '\ufffd',
  '\ufeffx',
  'x',
  '\u2028',
  'User',
  'user',
  'user ',
  'ß',
  'ss',
  'ı',
  'I',
  '\u{10ffff}',
  'x'.repeat(64),
];
