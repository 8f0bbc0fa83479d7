import { setImmediate as turn } from 'node:timers/promises';
import { beforeEach, describe, expect, test } from 'vitest';
import { BrokerError } from '../../../src/common/errors.js';
import { ColdReader } from '../../../src/ledger/cold-reader.js';
import { MemoryLiveCopies } from '../../../src/stores/memory/memory-live-copies.js';
import { ManualClock } from '../../support/manual-clock.js';
import { ScriptedUserLedger } from '../../support/scripted-user-ledger.js';
import { userRecord } from '../../support/user-records.js';

const user = (userId: string) => ({ appId: 'default', userId });

let ledger: ScriptedUserLedger;
let copies: MemoryLiveCopies;
let reader: ColdReader;
let answers: (() => void)[];
beforeEach(() => {
  ledger = new ScriptedUserLedger();
  copies = new MemoryLiveCopies({ maxCopies: 100_000, windowSeconds: 900 }, new ManualClock());
  reader = new ColdReader(ledger, [copies]);
  answers = [];
});

/** From now on readings wait until they are answered. */
function hold(): void {
  ledger.holdReading = () => new Promise((resolve) => answers.push(resolve));
}

function store(userId: string, version: number): void {
  const profile = { nickname: '', faceUrl: '', ex: '' };
  ledger.users.set(userId, { record: userRecord({ version }), profile, createdAt: 0 });
}

async function turns(count = 5): Promise<void> {
  for (let n = 0; n < count; n += 1) await turn();
}

describe('cold readings', () => {
  test('of one turn go together, each user once', async () => {
    store('a', 3);
    const read = await Promise.all(['a', 'b', 'a', 'a'].map((userId) => reader.read(user(userId))));
    expect(read.map(({ version }) => version)).toEqual([3, 0, 3, 3]);
    expect(ledger.readings).toEqual([['a', 'b']]);
    expect(await copies.get(user('a'))).toEqual(read[0]);
    expect(await copies.get(user('b'))).toMatchObject({ version: 0, position: 1 });
  });

  test('share a reading that has not begun, never one that has', async () => {
    store('a', 1);
    hold();
    const early = reader.read(user('a'));
    await turns();
    expect(ledger.readings).toHaveLength(1);
    store('a', 2);
    const late = [reader.read(user('a')), reader.read(user('a'))];
    await turns();
    expect(ledger.readings).toHaveLength(2);
    for (const answer of answers) answer();
    expect((await early).version).toBe(1);
    expect((await Promise.all(late)).map(({ version }) => version)).toEqual([2, 2]);
    expect(await copies.get(user('a'))).toMatchObject({ version: 2 });
  });

  test('are two at a time, of 256 users at most', async () => {
    hold();
    const all = Array.from({ length: 1000 }, (_, n) => reader.read(user(`user-${n}`)));
    await turns();
    expect(ledger.readings.map((ids) => ids.length)).toEqual([256, 256]);
    while (answers.length > 0) {
      answers.shift()?.();
      await turns();
      expect(answers.length).toBeLessThanOrEqual(2);
    }
    await Promise.all(all);
    expect(ledger.readings.map((ids) => ids.length)).toEqual([256, 256, 256, 232]);
    expect(new Set(ledger.readings.flat()).size).toBe(1000);
  });

  test('are turned away when too many users wait, but not who waits for the same', async () => {
    hold();
    const all = Array.from({ length: 50_000 }, (_, n) => reader.read(user(`user-${n}`)));
    await expect(reader.read(user('one more'))).rejects.toMatchObject({ code: 'overloaded' });
    all.push(reader.read(user('user-7')));
    ledger.holdReading = undefined;
    await turns();
    expect(await Promise.all(all)).toHaveLength(50_001);
    expect((await reader.read(user('one more'))).version).toBe(0);
  });

  test('that fail reject who waits for them, and nobody else', async () => {
    const outage = new BrokerError('ledger_unavailable', 'out');
    ledger.holdReading = () => Promise.reject(outage);
    const failed = await Promise.allSettled([reader.read(user('a')), reader.read(user('b'))]);
    expect(failed).toMatchObject([{ reason: outage }, { reason: outage }]);
    ledger.holdReading = undefined;
    expect((await reader.read(user('a'))).version).toBe(0);
    expect(await copies.get(user('b'))).toBeUndefined();
  });

  test('do not wait for live state, whatever becomes of it', async () => {
    const put = () => Promise.reject(new Error('live state is out'));
    const get = () => Promise.resolve(undefined);
    const stuck = { get, put: () => new Promise<void>(() => undefined) };
    reader = new ColdReader(ledger, [{ get, put }, stuck, copies]);
    expect((await reader.read(user('a'))).version).toBe(0);
    expect(await copies.get(user('a'))).toBeDefined();
  });
});
