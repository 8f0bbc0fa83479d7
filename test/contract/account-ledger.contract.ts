import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { AccountRecord } from '../../src/ports/account-record.js';
import type { LockedUsers, UserLedger, UserWrites } from '../../src/ports/user-ledger.port.js';
import { accountRecord, businessSession, businessWritesOf } from '../support/account-records.js';
import type { LedgerEngine, OpenLedger } from '../support/ledger-engines.js';
import { APP, batchOf, userRecord, userSession, writesOf } from '../support/user-records.js';

const ref = (accountId: string) => ({ appId: APP, accountId });

/** What every engine keeps to about accounts: `AccountLedger`, and their part of `UserLedger`. */
export function accountLedgerContract(engine: LedgerEngine): void {
  describe(`business accounts in ${engine.name}`, () => {
    let ledger: OpenLedger;
    beforeEach(async () => {
      ledger = await engine.open();
    });
    afterEach(() => ledger.close());

    const put = (accountId: string, record: AccountRecord, from: UserLedger = ledger.users) =>
      from.change(
        batchOf([], () => businessWritesOf({ accounts: [{ accountId, record }] }), {
          accountIds: [accountId],
        }),
      );

    /** Registers an account under a name, unless somebody has the name. */
    async function register(from: UserLedger, accountId: string): Promise<boolean> {
      let won = false;
      await from.change(
        batchOf(
          [],
          ({ names }: LockedUsers): UserWrites => {
            won = !names.has('username:alice');
            if (!won) return writesOf({});
            return businessWritesOf({
              accounts: [{ accountId, record: accountRecord() }],
              names: new Map([['username:alice' as const, accountId]]),
            });
          },
          { accountIds: [accountId], names: ['username:alice'] },
        ),
      );
      return won;
    }

    test('what was written is read again, and what was not is not there', async () => {
      const record = accountRecord({
        username: 'Ælfrič "\\\u0001😀',
        email: 'a@b.example',
        totp: { sealed: 'v1.x', confirmedAt: null, lastStep: 0 },
        sessions: [businessSession({ amr: ['pwd', 'otp'] })],
      });
      await put('usr_1', record);
      expect(await ledger.accounts.read([ref('usr_2'), ref('usr_1'), ref('usr_1')])).toEqual([
        undefined,
        record,
        record,
      ]);
      expect(await ledger.accounts.read([{ appId: 'other', accountId: 'usr_1' }])).toEqual([
        undefined,
      ]);
    });

    test('who decides sees the accounts as they are', async () => {
      const record = accountRecord();
      await put('usr_1', record);
      let seen: LockedUsers | undefined;
      await ledger.users.change(
        batchOf(
          [],
          (locked) => {
            seen = locked;
            return writesOf({});
          },
          { accountIds: ['usr_0', 'usr_1'], names: ['username:alice'] },
        ),
      );
      expect([...(seen?.accounts ?? [])]).toEqual([
        ['usr_0', undefined],
        ['usr_1', record],
      ]);
      expect([...(seen?.names ?? [])]).toEqual([]);
    });

    test('a change of accounts alone tells the feed, so that it can be looked up', async () => {
      const before = await ledger.feed.read(0);
      await put('usr_1', accountRecord());
      const after = await ledger.feed.read(0);
      expect(after.upTo).toBeGreaterThan(before.upTo);
      expect(after).toMatchObject({ users: [], control: false });
    });

    test('accounts and users are written together or not at all', async () => {
      const both = (): UserWrites => ({
        ...businessWritesOf({ accounts: [{ accountId: 'usr_1', record: accountRecord() }] }),
        users: [
          {
            userId: 'usr_1',
            record: userRecord({ sessions: [userSession({ businessSessionId: 'bs_1' })] }),
          },
        ],
      });
      const batch = batchOf(['usr_1'], both, { accountIds: ['usr_1'], whole: true });
      const { written } = await ledger.users.change(batch);
      expect([...written]).toEqual(['usr_1']);
      const { users } = await ledger.users.read([{ appId: APP, userId: 'usr_1' }]);
      expect(users[0]?.record.sessions[0]?.businessSessionId).toBe('bs_1');

      // The same audit event twice can't be written, so nothing of the second batch is.
      const event = {
        ...{ id: 'evt_1', appId: APP, at: 1, type: 'x', security: false, actor: '', subject: 's' },
        detail: {},
      };
      const failing = batchOf(
        ['usr_1'],
        (): UserWrites => ({
          ...businessWritesOf({
            accounts: [{ accountId: 'usr_1', record: accountRecord({ version: 2 }) }],
            audit: [event, event],
          }),
          users: [{ userId: 'usr_1', record: userRecord({ version: 2 }) }],
        }),
        { accountIds: ['usr_1'], whole: true },
      );
      await expect(ledger.users.change(failing)).rejects.toThrow();
      const [account] = await ledger.accounts.read([ref('usr_1')]);
      expect(account?.version).toBe(1);
      const again = await ledger.users.read([{ appId: APP, userId: 'usr_1' }]);
      expect(again.users[0]?.record.version).toBe(1);
    });

    test('a name leads to its account until it is dropped', async () => {
      expect(await register(ledger.users, 'usr_1')).toBe(true);
      const found = await ledger.accounts.find(APP, 'username:alice');
      expect(found).toEqual({ accountId: 'usr_1', record: accountRecord() });
      expect(await ledger.accounts.find('other', 'username:alice')).toBeUndefined();
      expect(await ledger.accounts.find(APP, 'username:bob')).toBeUndefined();

      const renamed = accountRecord({ version: 2, username: 'bob' });
      await ledger.users.change(
        batchOf(
          [],
          () =>
            businessWritesOf({
              accounts: [{ accountId: 'usr_1', record: renamed }],
              names: new Map([['username:bob' as const, 'usr_1']]),
              droppedNames: ['username:alice'],
            }),
          { accountIds: ['usr_1'], names: ['username:bob', 'username:alice'] },
        ),
      );
      expect(await ledger.accounts.find(APP, 'username:alice')).toBeUndefined();
      expect(await ledger.accounts.find(APP, 'username:bob')).toMatchObject({ record: renamed });
    });

    test('of forty that take one name at once, over two connections, one has it', async () => {
      const other = await ledger.another();
      const outcomes = await Promise.all(
        Array.from({ length: 40 }, (_, index) =>
          register(index % 2 === 0 ? ledger.users : other.users, `usr_${index}`),
        ),
      );
      expect(outcomes.filter(Boolean)).toHaveLength(1);
      const winner = await ledger.accounts.find(APP, 'username:alice');
      expect(winner?.accountId).toBe(`usr_${outcomes.indexOf(true)}`);
      const entries = await ledger.accounts.page(APP, '', 100);
      expect(entries.map(({ accountId }) => accountId)).toEqual([winner?.accountId]);
    });

    test('accounts are found by their address, the oldest first', async () => {
      const email = { email: 'A@b.example', emailKey: 'a@b.example' };
      await put('usr_1', accountRecord({ ...email, createdAt: 20 }));
      await put('usr_2', accountRecord({ ...email, createdAt: 10 }));
      await put('usr_3', accountRecord());
      const ids = async (key: string, limit: number) =>
        (await ledger.accounts.withEmail(APP, key, limit)).map(({ accountId }) => accountId);
      expect(await ids('a@b.example', 9)).toEqual(['usr_2', 'usr_1']);
      expect(await ids('a@b.example', 1)).toEqual(['usr_2']);
      expect(await ids('', 9)).toEqual([]);
      await put('usr_2', accountRecord({ version: 2 }));
      expect(await ids('a@b.example', 9)).toEqual(['usr_1']);
    });

    test('pages go on behind the last id', async () => {
      for (const id of ['usr_c', 'usr_a', 'usr_b']) await put(id, accountRecord());
      const ids = async (after: string) =>
        (await ledger.accounts.page(APP, after, 2)).map(({ accountId }) => accountId);
      expect(await ids('')).toEqual(['usr_a', 'usr_b']);
      expect(await ids('usr_b')).toEqual(['usr_c']);
    });

    test('fifty concurrent changes of one account follow each other', async () => {
      await put('usr_1', accountRecord());
      const other = await ledger.another();
      const raise = async (from: UserLedger): Promise<void> => {
        for (;;) {
          let done = false;
          await from.change(
            batchOf(
              [],
              ({ accounts }) => {
                const record = accounts.get('usr_1');
                done = record !== undefined;
                if (record === undefined) return writesOf({});
                const raised = { ...record, version: record.version + 1 };
                return businessWritesOf({ accounts: [{ accountId: 'usr_1', record: raised }] });
              },
              { accountIds: ['usr_1'] },
            ),
          );
          if (done) return;
        }
      };
      const from = (index: number) => (index % 2 === 0 ? ledger.users : other.users);
      await Promise.all(Array.from({ length: 50 }, (_, index) => raise(from(index))));
      const [record] = await ledger.accounts.read([ref('usr_1')]);
      expect(record?.version).toBe(51);
    });
  });
}
