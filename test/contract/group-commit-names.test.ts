import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { SystemClock } from '../../src/common/clock.js';
import { Announcer } from '../../src/ledger/announcer.js';
import { FeedWindow } from '../../src/ledger/belief.js';
import { GroupCommit } from '../../src/ledger/group-commit.js';
import type { AccountName } from '../../src/ports/account-record.js';
import { MemoryChangeEvents } from '../../src/stores/memory/memory-change-events.js';
import { accountRecord } from '../support/account-records.js';
import { LEDGER_ENGINES, type OpenLedger } from '../support/ledger-engines.js';
import { silentLog } from '../support/silent-log.js';
import { APP } from '../support/user-records.js';

const NAME: AccountName = 'passkey:somebody’s';

/** Commands that are submitted in one turn are decided in one transaction. */
describe.each(LEDGER_ENGINES)('names within one transaction, in $name', (engine) => {
  let ledger: OpenLedger;
  let commits: GroupCommit;
  beforeEach(async () => {
    ledger = await engine.open();
    const events = new MemoryChangeEvents(() => undefined);
    const announcer = new Announcer([], events, new FeedWindow(900_000), silentLog);
    commits = new GroupCommit(ledger.users, announcer, new SystemClock(), { lanes: 1 });
  });
  afterEach(() => ledger.close());

  const command = (accountId: string, change: 'takes' | 'drops' | 'nothing') =>
    commits.submit({
      appId: APP,
      userIds: [],
      accountIds: [accountId],
      names: [NAME],
      decide: (draft) => {
        const version = (draft.account(accountId)?.version ?? 0) + 1;
        draft.putAccount(accountId, accountRecord({ version }));
        if (change === 'drops') draft.dropName(NAME);
        if (change !== 'takes') return true;
        if (draft.accountNamed(NAME) !== undefined) return false;
        draft.takeName(NAME, accountId);
        return true;
      },
    });
  const owner = async () => (await ledger.accounts.find(APP, NAME))?.accountId;

  test('one that is dropped is taken when that was committed, and strangers are not held up', async () => {
    await command('usr_a', 'takes');
    await command('usr_b', 'nothing');

    const [dropped, taken, ...strangers] = await Promise.all([
      command('usr_a', 'drops'),
      command('usr_b', 'takes'),
      ...['usr_c', 'usr_d', 'usr_e'].map((id) => command(id, 'nothing')),
    ]);

    expect([dropped.result, taken.result]).toEqual([true, false]);
    expect(strangers.map(({ result }) => result)).toEqual([true, true, true]);
    expect(await owner()).toBeUndefined();
    expect((await command('usr_b', 'takes')).result).toBe(true);
    expect(await owner()).toBe('usr_b');
  });

  test('one that is taken and dropped is free for the next', async () => {
    const all = [
      command('usr_a', 'takes'),
      command('usr_b', 'takes'),
      command('usr_a', 'drops'),
      command('usr_b', 'takes'),
    ];
    const results = (await Promise.all(all)).map(({ result }) => result);
    expect(results).toEqual([true, false, true, true]);
    expect(await owner()).toBe('usr_b');
  });
});
