import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { UserLedger } from '../../src/ports/user-ledger.port.js';
import { SqliteControlLedger } from '../../src/stores/sql/sqlite/sqlite-control-ledger.js';
import { SqliteFeedLedger } from '../../src/stores/sql/sqlite/sqlite-feed-ledger.js';
import type { SqliteLedger } from '../../src/stores/sql/sqlite/sqlite-ledger.js';
import { SqliteUserLedger } from '../../src/stores/sql/sqlite/sqlite-user-ledger.js';
import { ManualClock } from '../support/manual-clock.js';
import { temporaryDirectory } from '../support/server-process.js';
import { openTestLedger } from '../support/sqlite-ledger.js';
import { APP, batchOf, raiseEach, raiseVersions, writesOf } from '../support/user-records.js';

const BUILT = fileURLToPath(
  new URL('../../dist/stores/sql/sqlite/sqlite-ledger.js', import.meta.url),
);

/** Opens a ledger, writes to it, and forgets to close it. */
const FORGETFUL = `
  const [, , built, path] = process.argv;
  const { openSqliteLedger } = await import(built);
  const { writer } = await openSqliteLedger(path, { report: console.error });
  await writer.write([['insert into issuers values (?)', [['https://forgetful']]]]);
`;

const ISSUERS = { writes: { issuers: ['https://a'] }, result: 'done' };

describe('the writer of the embedded ledger', () => {
  let directory: string;
  let ledger: SqliteLedger;
  let users: UserLedger;
  let control: SqliteControlLedger;
  let feed: SqliteFeedLedger;
  /** Another process's connection, which waits for nobody. */
  let other: DatabaseSync;
  /** The writer's threads, in the order of their starts. */
  let threads: Worker[];
  let reported: unknown[];
  const onWorker = (worker: Worker) => threads.push(worker);

  beforeEach(async () => {
    directory = await temporaryDirectory('ledger');
    [threads, reported] = [[], []];
    process.on('worker', onWorker);
    const path = join(directory, 'ledger.sqlite');
    ledger = await openTestLedger(path, { report: (what) => reported.push(what) });
    const clock = new ManualClock();
    users = new SqliteUserLedger(ledger, clock);
    control = new SqliteControlLedger(ledger, clock);
    feed = new SqliteFeedLedger(ledger, clock);
    other = new DatabaseSync(path, { timeout: 0 });
    await raiseEach(users, ['user-1']);
  });

  afterEach(async () => {
    process.off('worker', onWorker);
    other.close();
    await ledger.close();
    await rm(directory, { recursive: true, force: true });
  });

  /** The version of a user as the file has it. */
  function stored(userId: string): unknown {
    return other.prepare('select version from im_users where user_id = ?').get(userId)?.['version'];
  }

  /** Has the writer die now, as it would of a fault of its own. */
  function killWriter(): Promise<number> {
    return threads.at(-1)?.terminate() ?? Promise.reject(new Error('there is no writer'));
  }

  function writeElsewhere(): void {
    other.exec('begin immediate');
    other.exec('rollback');
  }

  test('leaves no lock and no change when a decision is thrown', async () => {
    const thrown = new TypeError('undecided');
    const undecided = () => {
      throw thrown;
    };
    await expect(users.change(batchOf(['user-1'], undecided))).rejects.toBe(thrown);
    writeElsewhere();
    await expect(control.change(undecided)).rejects.toBe(thrown);
    writeElsewhere();
    expect(stored('user-1')).toBe(1);
    await raiseEach(users, ['user-1']);
    expect(stored('user-1')).toBe(2);
    expect(threads).toHaveLength(1);
  });

  test('leaves no lock when what was decided cannot be handed over or written', async () => {
    const uncloneable = { ...writesOf({}), users: [{ userId: 'user-1', record: {} as never }] };
    await expect(users.change(batchOf(['user-1'], () => uncloneable))).rejects.toThrow();
    writeElsewhere();
    const refused = control.change(() => ({
      writes: { issuers: [Symbol('not for SQLite') as unknown as string] },
      result: undefined,
    }));
    await expect(refused).rejects.toThrow('could not be cloned');
    writeElsewhere();
    await raiseEach(users, ['user-1']);
    expect(threads).toHaveLength(1);
  });

  test('shows readers nothing of a transaction that is open', async () => {
    let seenMeanwhile: Promise<unknown> | undefined;
    const before = await feed.read(0);
    await control.change(() => {
      seenMeanwhile = Promise.all([feed.read(0), users.read([{ appId: APP, userId: 'user-1' }])]);
      return ISSUERS;
    });
    expect(await seenMeanwhile).toMatchObject([
      { position: before.position, control: false },
      { position: before.position },
    ]);
    expect(await feed.read(before.position)).toMatchObject({ control: true });
  });

  test('runs what is asked at once one after the other, in the order of asking', async () => {
    const order: string[] = [];
    const asked = ['a', 'b', 'c'].flatMap((userId) => [
      users.change(
        batchOf([userId], (locked) => {
          order.push(userId);
          return raiseVersions(locked);
        }),
      ),
      control.change(() => {
        order.push(`after ${userId}`);
        return ISSUERS;
      }),
    ]);
    await Promise.all(asked);
    expect(order).toEqual(['a', 'after a', 'b', 'after b', 'c', 'after c']);
  });

  test('keeps nobody waiting but itself while another process writes', async () => {
    other.exec('begin immediate');
    other.exec(`insert into issuers values ('https://b')`);
    const waiting = users.change(batchOf(['user-1'], raiseVersions));
    const beganAt = performance.now();
    expect((await users.read([{ appId: APP, userId: 'user-1' }])).users[0]?.record.version).toBe(1);
    expect((await feed.read(0)).users).toHaveLength(1);
    expect(performance.now() - beganAt).toBeLessThan(1000);
    other.exec('commit');
    expect((await waiting).written).toContain('user-1');
    expect((await control.read()).state.issuers).toEqual(['https://b']);
  });

  test('that dies with the lock held is an outage, and the next change finds another', async () => {
    const dying = users.change(
      batchOf(['user-1'], (locked) => {
        void killWriter();
        return raiseVersions(locked);
      }),
    );
    const behind = users.change(batchOf(['user-2'], raiseVersions));
    await expect(dying).rejects.toMatchObject({
      code: 'ledger_unavailable',
      detail: 'the ledger went away; nothing was changed',
    });
    expect((await behind).written).toContain('user-2');
    expect(stored('user-1')).toBe(1);
    expect(threads).toHaveLength(2);
    expect(reported).toEqual(['the writer of the ledger has ended']);
    await raiseEach(users, ['user-1']);
    expect(stored('user-1')).toBe(2);
  });

  test('that dies between the commit and its answer has committed', async () => {
    /** Nothing the writer says from now on arrives; once the change shows, it dies. */
    const silence = async (shows: () => boolean) => {
      threads.at(-1)?.removeAllListeners('message');
      await expect.poll(shows, { interval: 5 }).toBe(true);
      await killWriter();
    };
    const { written } = await users.change(
      batchOf(['user-1'], (locked) => {
        void silence(() => stored('user-1') === 2);
        return raiseVersions(locked);
      }),
    );
    expect([...written]).toEqual(['user-1']);
    const issuers = other.prepare('select url from issuers');
    const result = await control.change(() => {
      void silence(() => issuers.all().length === 1);
      return ISSUERS;
    });
    expect(result).toBe('done');
    await raiseEach(users, ['user-1']);
    expect(threads).toHaveLength(3);
  });

  test('that dies while it waits for work is replaced when there is some', async () => {
    await killWriter();
    await raiseEach(users, ['user-1']);
    expect(stored('user-1')).toBe(2);
    expect(threads).toHaveLength(2);
  });

  test('whenever it dies: what was acknowledged is there, and what was refused is not', async () => {
    const outcomes = { done: 0, refused: 0 };
    for (let round = 0; round < 60; round += 1) {
      const userId = `round ${round}`;
      let killed: Promise<unknown> | undefined;
      const change = users.change(
        batchOf([userId], (locked) => {
          // From at once to well after the commit.
          killed = sleep((round % 12) / 4).then(killWriter);
          return raiseVersions(locked);
        }),
      );
      const outcome = await change.then(
        () => 'done' as const,
        () => 'refused' as const,
      );
      outcomes[outcome] += 1;
      expect(stored(userId)).toBe(outcome === 'done' ? 1 : undefined);
      await killed;
      expect(stored(userId)).toBe(outcome === 'done' ? 1 : undefined);
    }
    expect(outcomes.done).toBeGreaterThan(0);
    expect(outcomes.refused).toBeGreaterThan(0);
  });

  test('keeps no process alive that has nothing to write', async () => {
    if (!existsSync(BUILT)) throw new Error(`${BUILT} is missing. Run: npm run build`);
    const path = join(directory, 'ledger.sqlite');
    const program = join(directory, 'forgetful.mjs');
    await writeFile(program, FORGETFUL);
    const args = [program, BUILT, path];
    const { stderr } = await promisify(execFile)(process.execPath, args, { timeout: 20_000 });
    expect(stderr).toBe('');
    expect((await control.read()).state.issuers).toEqual(['https://forgetful']);
  });

  test('ends only when what was asked for is done, and takes nothing afterwards', async () => {
    const asked = ['a', 'b', 'c'].map((userId) => raiseEach(users, [userId]));
    await Promise.all([...asked, ledger.writer.close()]);
    expect(['a', 'b', 'c'].map(stored)).toEqual([1, 1, 1]);
    await expect(raiseEach(users, ['d'])).rejects.toMatchObject({ code: 'ledger_unavailable' });
    expect(threads).toHaveLength(1);
  });
});
