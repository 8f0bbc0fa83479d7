import { setImmediate as turn } from 'node:timers/promises';
import { beforeEach, describe, expect, test } from 'vitest';
import { BrokerError } from '../../../src/common/errors.js';
import { Announcer } from '../../../src/ledger/announcer.js';
import { FeedWindow } from '../../../src/ledger/belief.js';
import { GroupCommit, type Outcome } from '../../../src/ledger/group-commit.js';
import type { UserDraft } from '../../../src/ledger/user-draft.js';
import { MemoryChangeEvents } from '../../../src/stores/memory/memory-change-events.js';
import { ManualClock } from '../../support/manual-clock.js';
import { type HeldTransaction, ScriptedUserLedger } from '../../support/scripted-user-ledger.js';
import { silentLog } from '../../support/silent-log.js';
import { userRecord } from '../../support/user-records.js';

let ledger: ScriptedUserLedger;
let commits: GroupCommit;
let clock: ManualClock;
let held: HeldTransaction[];
let events: MemoryChangeEvents;

beforeEach(() => {
  ledger = new ScriptedUserLedger();
  held = [];
  start(1);
});

function start(lanes: number): void {
  clock = new ManualClock();
  events = new MemoryChangeEvents(() => undefined);
  const announcer = new Announcer([], events, new FeedWindow(900_000), silentLog);
  commits = new GroupCommit(ledger, announcer, clock, { lanes });
}

function holdAll(): void {
  ledger.hold = (transaction) => void held.push(transaction);
}

/** The next transaction that is held. */
async function nextHeld(): Promise<HeldTransaction> {
  for (let turns = 0; turns < 200; turns += 1) {
    const transaction = held.shift();
    if (transaction !== undefined) return transaction;
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  throw new Error('no transaction began');
}

function raise(draft: UserDraft, userId: string): number {
  const record = draft.record(userId) ?? userRecord({ version: 0 });
  draft.put(userId, { ...record, version: record.version + 1 });
  return record.version + 1;
}

function submit(userId: string, appId = 'default'): Promise<Outcome<number>> {
  return commits.submit({ appId, userIds: [userId], decide: (draft) => raise(draft, userId) });
}

const versions = (outcomes: readonly Outcome<number>[]) => outcomes.map(({ result }) => result);

describe('group commit', () => {
  test('carries what gathers in one turn and during a transaction in one transaction each', async () => {
    holdAll();
    const first = ['a', 'b', 'a'].map((userId) => submit(userId));
    const one = await nextHeld();
    expect(one.batch.userIds).toEqual(['a', 'b']);
    const second = ['c', 'b', 'd'].map((userId) => submit(userId));
    await turn();
    expect(held).toHaveLength(0);
    one.commit();
    expect(versions(await Promise.all(first))).toEqual([1, 1, 2]);
    const two = await nextHeld();
    expect(two.batch.userIds).toEqual(['b', 'c', 'd']);
    two.commit();
    expect(versions(await Promise.all(second))).toEqual([1, 2, 1]);
    expect(ledger.began).toHaveLength(2);
  });

  test('commands of one user are decided in the order in which they came', async () => {
    const outcomes = await Promise.all(Array.from({ length: 2000 }, () => submit('a')));
    expect(versions(outcomes)).toEqual(Array.from({ length: 2000 }, (_, n) => n + 1));
    expect(ledger.began.length).toBeLessThan(10);
  });

  test('a command that throws is refused alone, and its decisions count for nothing', async () => {
    const refusal = new BrokerError('user_suspended', 'no');
    const outcomes = await Promise.allSettled([
      submit('a'),
      commits.submit({
        appId: 'default',
        userIds: ['a'],
        decide: (draft) => {
          raise(draft, 'a');
          throw refusal;
        },
      }),
      submit('a'),
    ]);
    expect(outcomes).toMatchObject([
      { value: { result: 1 } },
      { reason: refusal },
      { value: { result: 2 } },
    ]);
    expect(ledger.began).toHaveLength(1);
  });

  test('a command that touches a user that it did not name is refused', async () => {
    const outcome = commits.submit({
      appId: 'default',
      userIds: ['a'],
      decide: (draft) => draft.record('b'),
    });
    await expect(outcome).rejects.toMatchObject({ code: 'internal' });
  });

  test('a command that makes the transaction fail fails alone, the others are done once', async () => {
    const defect = new Error('a row that cannot be written');
    ledger.poison = ({ userIds }) => (userIds.includes('poison') ? defect : undefined);
    const users = ['a', 'poison', 'b', 'a'];
    const outcomes = await Promise.allSettled(users.map((userId) => submit(userId)));
    expect(outcomes).toMatchObject([
      { value: { result: 1 } },
      { reason: defect },
      { value: { result: 1 } },
      { value: { result: 2 } },
    ]);
    expect(ledger.users.get('a')?.record.version).toBe(2);
  });

  test('an outage rejects all of a transaction at once, and tries nobody alone', async () => {
    holdAll();
    const outage = new BrokerError('ledger_unavailable', 'out');
    const all = Promise.allSettled(['a', 'b', 'c'].map((userId) => submit(userId)));
    (await nextHeld()).fail(outage);
    expect(await all).toMatchObject([{ reason: outage }, { reason: outage }, { reason: outage }]);
    expect(ledger.began).toHaveLength(1);
    ledger.hold = undefined;
    expect((await submit('a')).result).toBe(1);
  });

  test('a user that is locked elsewhere waits, and the others do not wait for it', async () => {
    ledger.locked.add('a');
    let isDone = false;
    const waiting = submit('a').finally(() => (isDone = true));
    for (let n = 1; n <= 5; n += 1) expect((await submit('b')).result).toBe(n);
    expect(isDone).toBe(false);
    ledger.locked.clear();
    expect((await waiting).result).toBe(1);
  });

  test('commands of a locked user keep their order, also those that come later', async () => {
    ledger.locked.add('a');
    const first = submit('a');
    await submit('b');
    const second = [submit('a'), submit('a')];
    await submit('b');
    ledger.locked.clear();
    const third = submit('a');
    expect(versions(await Promise.all([first, ...second, third]))).toEqual([1, 2, 3, 4]);
  });

  test('a user that stays locked is given up after five seconds, not before', async () => {
    ledger.locked.add('a');
    let refusal: unknown;
    const waiting = submit('a').catch((error: unknown) => (refusal = error));
    clock.advance(4900);
    for (let n = 0; n < 30; n += 1) await submit('b');
    expect(refusal).toBeUndefined();
    clock.advance(200);
    await waiting;
    expect(refusal).toMatchObject({ code: 'overloaded' });
  });

  test('while all that waits is locked, the ledger is asked seldom', async () => {
    ledger.locked.add('a');
    const waiting = submit('a');
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(ledger.began.length).toBeGreaterThan(5);
    expect(ledger.began.length).toBeLessThan(25);
    ledger.locked.clear();
    await waiting;
  });

  test('a crowd that waits for a locked user does not keep the others waiting', async () => {
    ledger.locked.add('hot');
    const crowd = Array.from({ length: 1500 }, () => submit('hot'));
    const both = commits.submit({
      appId: 'default',
      userIds: ['hot', 'cold'],
      decide: (draft) => [raise(draft, 'hot'), raise(draft, 'cold')],
    });
    expect((await submit('other')).result).toBe(1);
    const cold = submit('cold');
    expect((await submit('other')).result).toBe(2);
    ledger.locked.clear();
    const outcomes = versions(await Promise.all(crowd));
    expect(outcomes).toEqual(Array.from({ length: 1500 }, (_, n) => n + 1));
    // Whoever shares a user with one that waits waits behind it.
    expect((await both).result).toEqual([1501, 1]);
    expect((await cold).result).toBe(2);
  });

  test('a user that somebody else created meanwhile is decided again, on what is there', async () => {
    holdAll();
    const all = [submit('a'), submit('b'), submit('a')];
    (await nextHeld()).commit(['a']);
    expect((await (all[1] ?? expect.fail())).result).toBe(1);
    const again = await nextHeld();
    expect(again.batch.userIds).toEqual(['a']);
    again.commit();
    expect(versions(await Promise.all(all))).toEqual([2, 1, 3]);
  });

  test('apps are served in turn: a busy one delays another by one transaction', async () => {
    holdAll();
    const busy = Array.from({ length: 1500 }, (_, n) => submit(`user-${n}`, 'busy'));
    const quiet = submit('a', 'quiet');
    const order: string[] = [];
    for (let n = 0; n < 4; n += 1) {
      const transaction = await nextHeld();
      order.push(transaction.batch.appId);
      transaction.commit();
    }
    expect(order).toEqual(['busy', 'quiet', 'busy', 'busy']);
    await Promise.all([...busy, quiet]);
  });

  test('as many transactions are in flight as there are lanes, and one of each app', async () => {
    start(2);
    holdAll();
    const all = ['x', 'y', 'z'].flatMap((appId) => [submit('a', appId), submit('b', appId)]);
    const [one, two] = [await nextHeld(), await nextHeld()];
    all.push(submit('c', 'x'));
    await turn();
    expect(held).toHaveLength(0);
    expect([one, two].map(({ batch }) => batch.appId)).toEqual(['x', 'y']);
    one.commit();
    const three = await nextHeld();
    expect(three.batch.appId).toBe('z');
    for (const transaction of [two, three]) transaction.commit();
    (await nextHeld()).commit();
    await Promise.all(all);
  });

  test('more than 20000 that wait are turned away at once', async () => {
    holdAll();
    const all = Array.from({ length: 20_000 }, () => submit('a'));
    await expect(submit('a')).rejects.toMatchObject({ code: 'overloaded' });
    const first = await nextHeld();
    ledger.hold = undefined;
    first.commit();
    expect(await Promise.all(all)).toHaveLength(20_000);
  });

  test('draining waits for what is in flight, what waits and what is locked', async () => {
    ledger.locked.add('a');
    const settled: string[] = [];
    for (const userId of ['a', 'b']) void submit(userId).then(() => settled.push(userId));
    const drained = commits.drain().then(() => settled.push('drained'));
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(settled).toEqual(['b']);
    ledger.locked.clear();
    await drained;
    expect(settled).toEqual(['b', 'a', 'drained']);
  });

  test('what is answered has been told before, with the versions that were committed', async () => {
    const told: unknown[] = [];
    events.subscribe(({ users }) => void told.push(...users));
    const outcomes = await Promise.all([submit('a'), submit('a'), submit('b')]);
    expect(outcomes.every(({ announced }) => announced)).toBe(true);
    expect(told).toMatchObject([
      { appId: 'default', userId: 'a', version: 2 },
      { appId: 'default', userId: 'b', version: 1 },
    ]);
  });

  test('a key that was used in the same transaction is seen by the next command', async () => {
    const use = (userId: string) =>
      commits.submit({
        appId: 'default',
        userIds: [userId],
        idempotencyKey: 'key-1',
        decide: (draft) => {
          const before = draft.remembered('key-1');
          if (before !== undefined) return before.outcome;
          raise(draft, userId);
          const outcome = `by ${userId}`;
          draft.remember({ key: 'key-1', userId, requestHash: '', outcome, createdAt: draft.now });
          return outcome;
        },
      });
    const outcomes = await Promise.all([use('a'), use('b'), use('a')]);
    expect(outcomes.map(({ result }) => result)).toEqual(['by a', 'by a', 'by a']);
    expect(ledger.users.has('b')).toBe(false);
  });
});
