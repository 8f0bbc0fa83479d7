import { describe, expect, onTestFinished, test, type TestContext } from 'vitest';
import { SystemClock } from '../../src/common/clock.js';
import { Announcer } from '../../src/ledger/announcer.js';
import { FeedWindow } from '../../src/ledger/belief.js';
import { GroupCommit } from '../../src/ledger/group-commit.js';
import { MemoryChangeEvents } from '../../src/stores/memory/memory-change-events.js';
import { CutLedger } from '../support/cut-ledger.js';
import { silentLog } from '../support/silent-log.js';
import { APP } from '../support/user-records.js';

async function open(context: Pick<TestContext, 'onTestFinished'>): Promise<CutLedger> {
  const cut = await CutLedger.open();
  context.onTestFinished(cut.close);
  return cut;
}

async function expectNothingChanged(cut: CutLedger): Promise<void> {
  await expect(cut.raise()).rejects.toMatchObject({
    code: 'ledger_unavailable',
    detail: expect.stringContaining('nothing was changed') as string,
  });
  expect(await cut.version()).toBe(1);
  expect(await cut.named()).toEqual([1]);
}

async function expectCommitted(cut: CutLedger): Promise<void> {
  const { written, position } = await cut.raise();
  expect([...written]).toEqual(['user-1']);
  expect(await cut.version()).toBe(2);
  expect(await cut.named()).toEqual([1, 2]);
  const { users } = await cut.ledger.feed.read(position);
  expect(users).toContainEqual({ appId: APP, userId: 'user-1', version: 2 });
}

async function milliseconds(work: Promise<unknown>): Promise<number> {
  const beganAt = performance.now();
  await work;
  return performance.now() - beganAt;
}

// Each has a ledger of its own, and some wait for seconds: they wait together.
describe.concurrent('a commit whose answer is lost', { timeout: 40_000 }, () => {
  test('cut before the commit reached the server: nothing is changed, and it says so', async (context) => {
    const cut = await open(context);
    cut.atCommit((_, link) => link.cut());
    await expectNothingChanged(cut);
    await cut.raise();
    expect(await cut.version()).toBe(2);
  });

  test('cut before the write reached the server: the same', async (context) => {
    const cut = await open(context);
    cut.proxy.onRequest = (bytes, link) => {
      if (!bytes.includes('user-write') && !bytes.includes('commit\0')) return link.toServer(bytes);
      cut.proxy.heal();
      link.cut();
    };
    await expectNothingChanged(cut);
  });

  test('cut after the commit, before its answer: what was committed is returned', async (context) => {
    const cut = await open(context);
    cut.atCommitted((_, link) => link.cut());
    await expectCommitted(cut);
  });

  test('a commit that reaches the server after its client has gone counts', async (context) => {
    const cut = await open(context);
    cut.atCommit((commit, link) => {
      link.cutClient();
      setTimeout(() => link.toServer(commit), 1500);
    });
    expect(await milliseconds(expectCommitted(cut))).toBeGreaterThan(1400);
  });

  test('a commit that never reaches the server is given up with its locks', async (context) => {
    const cut = await open(context);
    cut.atCommit((_, link) => link.cutClient());
    // The server ends a transaction that is idle for five seconds.
    expect(await milliseconds(expectNothingChanged(cut))).toBeLessThan(9000);
  });

  test('an answer that comes seconds late is taken', async (context) => {
    const cut = await open(context);
    cut.atCommitted((answer, link) => void setTimeout(() => link.toClient(answer), 3000));
    await expectCommitted(cut);
  });

  test('an answer that never comes, on a connection that stands, is looked up', async (context) => {
    const cut = await open(context);
    cut.atCommitted(() => undefined);
    expect(await milliseconds(expectCommitted(cut))).toBeLessThan(10_000);
  });

  test.for([
    ['refuses connections', 'cut'],
    ['takes connections and does not answer', 'hold'],
  ] as const)(
    'while the server %s, it says after ten seconds that nobody knows',
    async ([, how], context) => {
      const cut = await open(context);
      cut.atCommitted((_, lost) => {
        cut.proxy.onRequest = (__, link) => (how === 'cut' ? link.cut() : undefined);
        lost.cut();
      });
      const beganAt = performance.now();
      await expect(cut.raise()).rejects.toMatchObject({
        code: 'ledger_unavailable',
        detail: expect.stringContaining('not known') as string,
      });
      expect(performance.now() - beganAt).toBeLessThan(14_000);
      cut.proxy.heal();
      expect(await cut.version()).toBe(2);
      await cut.raise();
      expect(await cut.version()).toBe(3);
    },
  );
});

describe('group commit over connections that are cut at any moment', () => {
  test('every change that was acknowledged is there once, and no other', async () => {
    const cut = await open({ onTestFinished });
    const events = new MemoryChangeEvents(() => undefined);
    const announcer = new Announcer([], events, new FeedWindow(900_000), silentLog);
    const commits = new GroupCommit(cut.users, announcer, new SystemClock(), { lanes: 4 });
    let acknowledged = 0;
    let refused = 0;
    let unknown = 0;
    const raise = async (): Promise<void> => {
      try {
        await commits.submit({
          appId: APP,
          userIds: ['user-1'],
          decide: (draft) => {
            const record = draft.record('user-1');
            if (record === undefined) throw new Error('the user is gone');
            draft.put('user-1', { ...record, version: record.version + 1 });
          },
        });
        acknowledged += 1;
      } catch (error) {
        expect(error).toMatchObject({ code: 'ledger_unavailable' });
        if (String(error).includes('not known')) unknown += 1;
        refused += 1;
      }
    };
    const cutting = setInterval(() => cut.proxy.cutAll(), 200);
    const until = performance.now() + 4000;
    for (let round = 0; performance.now() < until; round += 1) {
      await Promise.all(Array.from({ length: 1 + (round % 5) }, raise));
    }
    clearInterval(cutting);
    await commits.drain();
    expect(acknowledged).toBeGreaterThan(0);
    expect(refused).toBeGreaterThan(0);
    // A server that is cut off again and again may not be asked in time: rarely, and never a lie.
    const version = (await cut.version()) ?? 0;
    expect(version).toBeGreaterThanOrEqual(1 + acknowledged);
    expect(version).toBeLessThanOrEqual(1 + acknowledged + unknown);
    expect(Math.max(...(await cut.named()))).toBe(version);
  });
});

describe.concurrent(
  'a commit of the control part whose answer is lost',
  { timeout: 40_000 },
  () => {
    const issuer = 'https://cut.example';
    const change = (cut: CutLedger) =>
      cut.control.change(() => ({ writes: { issuers: [issuer] }, result: 'decided' }));
    const issuers = async (cut: CutLedger) => (await cut.ledger.control.read()).state.issuers;

    test('cut after the commit: what was decided is returned', async (context) => {
      const cut = await open(context);
      cut.atCommitted((_, link) => link.cut());
      expect(await change(cut)).toBe('decided');
      expect(await issuers(cut)).toEqual([issuer]);
    });

    test('cut before it: nothing is changed, and it says so', async (context) => {
      const cut = await open(context);
      cut.atCommit((_, link) => link.cut());
      await expect(change(cut)).rejects.toMatchObject({
        code: 'ledger_unavailable',
        detail: expect.stringContaining('nothing was changed') as string,
      });
      expect(await issuers(cut)).toEqual([]);
      expect(await change(cut)).toBe('decided');
    });
  },
);
