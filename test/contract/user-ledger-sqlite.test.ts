import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, onTestFinished, test } from 'vitest';
import { SqliteControlLedger } from '../../src/stores/sql/sqlite/sqlite-control-ledger.js';
import { SqliteFeedLedger } from '../../src/stores/sql/sqlite/sqlite-feed-ledger.js';
import { SqliteUserLedger } from '../../src/stores/sql/sqlite/sqlite-user-ledger.js';
import { ManualClock } from '../support/manual-clock.js';
import { temporaryDirectory } from '../support/server-process.js';
import { openTestLedger } from '../support/sqlite-ledger.js';
import { APP, batchOf, raiseEach, raiseVersions } from '../support/user-records.js';

test('a file that another process keeps locked is an outage, and no process waits for ever', async () => {
  const directory = await temporaryDirectory('ledger');
  const path = join(directory, 'ledger.sqlite');
  const ledger = await openTestLedger(path, { patienceMs: 50 });
  const other = new DatabaseSync(path);
  onTestFinished(async () => {
    other.close();
    await ledger.close();
    await rm(directory, { recursive: true, force: true });
  });
  const clock = new ManualClock();
  const users = new SqliteUserLedger(ledger, clock);
  const control = new SqliteControlLedger(ledger, clock);
  const feed = new SqliteFeedLedger(ledger, clock);
  await raiseEach(users, ['user-1']);

  other.exec('begin immediate');
  const issuers = { writes: { issuers: ['https://a'] }, result: undefined };
  for (const attempt of [
    () => users.change(batchOf(['user-1'], raiseVersions)),
    () => users.sweep(0),
    () => control.change(() => issuers),
    () => feed.trim(0),
  ]) {
    await expect(attempt()).rejects.toMatchObject({ code: 'ledger_unavailable' });
  }
  // Reading goes on.
  const { users: found } = await users.read([{ appId: APP, userId: 'user-1' }]);
  expect(found[0]?.record.version).toBe(1);
  expect((await feed.read(0)).users).toHaveLength(1);

  other.exec('rollback');
  await raiseEach(users, ['user-1']);
  await control.change(() => issuers);
  expect((await feed.read(0)).users).toHaveLength(2);
});

test('what another process writes to the file is seen, and positions hold for both', async () => {
  const directory = await temporaryDirectory('ledger');
  const path = join(directory, 'ledger.sqlite');
  const one = await openTestLedger(path);
  const two = await openTestLedger(path);
  onTestFinished(async () => {
    await one.close();
    await two.close();
    await rm(directory, { recursive: true, force: true });
  });
  const clock = new ManualClock();
  const mine = new SqliteUserLedger(one, clock);
  const theirs = new SqliteUserLedger(two, clock);
  const feed = new SqliteFeedLedger(one, clock);
  for (let round = 1; round <= 10; round += 1) {
    const before = await mine.read([{ appId: APP, userId: 'user-1' }]);
    await raiseEach(round % 2 === 0 ? mine : theirs, ['user-1']);
    const { users } = await feed.read(before.position);
    expect(users).toEqual([{ appId: APP, userId: 'user-1', version: round }]);
  }
});

test('from its beginning to its end a transaction lets no other process write', async () => {
  const directory = await temporaryDirectory('ledger');
  const path = join(directory, 'ledger.sqlite');
  const ledger = await openTestLedger(path);
  const other = new DatabaseSync(path, { timeout: 0 });
  onTestFinished(async () => {
    other.close();
    await ledger.close();
    await rm(directory, { recursive: true, force: true });
  });
  const users = new SqliteUserLedger(ledger, new ManualClock());
  const { written } = await users.change(
    batchOf(['user-1'], (locked) => {
      expect(() => other.exec(`insert into issuers values ('https://a')`)).toThrow('locked');
      return raiseVersions(locked);
    }),
  );
  expect([...written]).toEqual(['user-1']);
  other.exec(`insert into issuers values ('https://a')`);
});
