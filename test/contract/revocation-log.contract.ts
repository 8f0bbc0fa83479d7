import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Restoration, Revocation } from '../../src/ports/revocation.js';
import type { LockedUsers, UserWrites } from '../../src/ports/user-ledger.port.js';
import type { LedgerEngine, OpenLedger } from '../support/ledger-engines.js';
import {
  APP,
  batchOf,
  raiseEach,
  raiseVersions,
  revocationOf,
  writesOf,
} from '../support/user-records.js';

const user = { appId: APP, userId: 'user-1' };
const restoration: Restoration = {
  restoredAt: 1_800_000_200,
  restoredBy: 'imAdmin',
  reason: 'found "again" 👩‍🚒',
  affectedSessions: 2,
};

/** What revocations are on every ledger: written with their user, read by anyone. */
export function revocationLogContract(engine: LedgerEngine): void {
  describe(`the record of revocations on ${engine.name}`, () => {
    let ledger: OpenLedger;

    beforeEach(async () => {
      ledger = await engine.open();
    });

    afterEach(() => ledger.close());

    const change = (userIds: readonly string[], decide: (locked: LockedUsers) => UserWrites) =>
      ledger.users.change(batchOf(userIds, decide, { revocationsOf: userIds }));

    /** Revocations with the user's change. */
    const revoke = (...revocations: Revocation[]) =>
      change(['user-1'], (locked) => ({ ...raiseVersions(locked), revocations }));

    const restore = (id: string) =>
      change(['user-1'], (locked) => ({
        ...raiseVersions(locked),
        restorations: new Map([[id, restoration]]),
      }));

    /** The revocations that a transaction sees. */
    const seen = async (userIds: readonly string[] = ['user-1']) => {
      let ids: string[] = [];
      await change(userIds, (locked) => {
        ids = locked.revocations.map(({ id }) => id);
        return writesOf({});
      });
      return ids.toSorted();
    };

    test('a revocation of any target comes back as it was written', async () => {
      const targets = [
        { type: 'token', userId: 'user-1', tokenId: 'a.b' },
        { type: 'session', userId: 'user-1', sessionId: 'a' },
        { type: 'device', userId: 'user-1', deviceId: '"\\' },
        { type: 'platform', userId: 'user-1', platformId: 5 },
        { type: 'user', userId: 'user-1' },
      ] as const;
      const revocations = targets.map((target, n) =>
        revocationOf('user-1', `rev_${n}`, { target, boundary: n, affectedSessions: n }),
      );
      await revoke(...revocations);
      for (const revocation of revocations) {
        expect(await ledger.revocations.find(APP, revocation.id)).toEqual(revocation);
      }
      expect(await ledger.revocations.find('other', 'rev_0')).toBeUndefined();
      expect(await ledger.revocations.find(APP, 'rev_9')).toBeUndefined();
    });

    test('a transaction sees what was not taken back, of the users it asks for', async () => {
      await revoke(revocationOf('user-1', 'rev_1'), revocationOf('user-1', 'rev_2'));
      await change(['user-2'], (locked) => ({
        ...raiseVersions(locked),
        revocations: [revocationOf('user-2', 'rev_3')],
      }));
      expect(await seen()).toEqual(['rev_1', 'rev_2']);
      await restore('rev_1');
      expect(await seen()).toEqual(['rev_2']);
      expect(await seen(['user-2', 'user-1'])).toEqual(['rev_2', 'rev_3']);
      const restored = await ledger.revocations.find(APP, 'rev_1');
      expect(restored).toEqual(revocationOf('user-1', 'rev_1', { restoration }));
    });

    test('one of a user that does not exist is recorded, and changes nobody', async () => {
      const { position } = await ledger.feed.read(0);
      const ghost = revocationOf('ghost', 'rev_1', { boundary: 0 });
      const { written } = await change(['ghost'], () => writesOf({ revocations: [ghost] }));
      expect([...written]).toEqual([]);
      expect(await ledger.revocations.find(APP, 'rev_1')).toEqual(ghost);
      expect((await ledger.users.read([{ appId: APP, userId: 'ghost' }])).users).toEqual([
        undefined,
      ]);
      expect((await ledger.feed.read(position)).users).toEqual([]);
      await change(['ghost'], () => writesOf({ restorations: new Map([['rev_1', restoration]]) }));
      expect(await seen(['ghost'])).toEqual([]);
    });

    test('they are listed newest first, by page, of one user or of the whole app', async () => {
      const revocations = [3, 1, 2, 2, 5].map((at, n) =>
        revocationOf('user-1', `rev_${n}`, { createdAt: 1_800_000_000 + at }),
      );
      await revoke(...revocations);
      await ledger.control.change(() => ({
        writes: {
          revocations: [
            { ...revocationOf('', 'rev_app', { target: { type: 'app' } }), appId: APP },
            { ...revocationOf('', 'rev_other', { target: { type: 'app' } }), appId: 'other' },
          ],
        },
        result: undefined,
      }));
      const ids = async (query: Partial<Parameters<typeof ledger.revocations.list>[0]>) => {
        const found = await ledger.revocations.list({ appId: APP, limit: 100, ...query });
        return found.map(({ id }) => id);
      };
      const newestFirst = ['rev_4', 'rev_0', 'rev_3', 'rev_2', 'rev_1'];
      expect(await ids({ userId: 'user-1' })).toEqual(newestFirst);
      expect(await ids({})).toEqual(['rev_app', ...newestFirst]);
      expect(await ids({ userId: 'user-2' })).toEqual([]);
      const pages: string[] = [];
      let last: Revocation | undefined;
      for (;;) {
        const before = last === undefined ? {} : { before: last };
        const page = await ledger.revocations.list({ appId: APP, limit: 2, ...before });
        pages.push(...page.map(({ id }) => id));
        last = page.at(-1);
        if (page.length < 2) break;
      }
      expect(pages).toEqual(['rev_app', ...newestFirst]);
    });

    test('what stands against a session is found by its version', async () => {
      const at = (boundary: number) =>
        revocationOf('user-1', `rev_${boundary}`, {
          boundary,
          createdAt: 1_800_000_000 + boundary,
        });
      await revoke(at(1), at(2), at(3), at(4));
      await restore('rev_3');
      const standing = async (version: number) =>
        (await ledger.revocations.standing(user, version)).map(({ id }) => id);
      expect(await standing(2)).toEqual(['rev_4', 'rev_2']);
      expect(await standing(5)).toEqual([]);
      expect(await ledger.revocations.standing({ ...user, userId: 'user-2' }, 0)).toEqual([]);
    });

    test('sessions of a whole app are counted later', async () => {
      const whole = revocationOf('', 'rev_1', { target: { type: 'app' }, affectedSessions: null });
      const taken = { ...restoration, affectedSessions: null };
      await ledger.control.change(() => ({
        writes: { revocations: [{ ...whole, appId: APP }] },
        result: undefined,
      }));
      await ledger.revocations.setAffected(APP, 'rev_1', 7);
      await ledger.control.change(() => ({
        writes: { restorations: new Map([['rev_1', taken]]) },
        result: undefined,
      }));
      await ledger.revocations.setRestored(APP, 'rev_1', 5);
      expect(await ledger.revocations.find(APP, 'rev_1')).toEqual({
        ...whole,
        affectedSessions: 7,
        restoration: { ...taken, affectedSessions: 5 },
      });
    });

    test('a sweep forgets those that are old and can refuse no token any more', async () => {
      const now = await ledger.now();
      await raiseEach(ledger.users, ['user-1']);
      await revoke(
        revocationOf('user-1', 'rev_old', { createdAt: now - 100, expiresAt: now - 1 }),
        revocationOf('user-1', 'rev_lasting', { createdAt: now - 100, expiresAt: now + 1000 }),
        revocationOf('user-1', 'rev_young', { createdAt: now - 10, expiresAt: now - 1 }),
      );
      expect(await ledger.users.sweep(50)).toBe(1);
      expect(await ledger.revocations.find(APP, 'rev_old')).toBeUndefined();
      expect(await seen()).toEqual(['rev_lasting', 'rev_young']);
    });

    test('users are paged through in the order of their ids', async () => {
      const ids = ['b', 'a', 'é', 'Z', 'user-1'];
      await raiseEach(ledger.users, ids);
      const found: string[] = [];
      let after = '';
      for (;;) {
        const page = await ledger.users.page(APP, after, 2);
        found.push(...page.map(({ userId }) => userId));
        after = page.at(-1)?.userId ?? '';
        if (page.length < 2) break;
      }
      expect(found).toEqual(ids.toSorted());
      expect((await ledger.users.page(APP, '', 1))[0]?.record.version).toBe(1);
      expect(await ledger.users.page('other', '', 10)).toEqual([]);
    });
  });
}
