import { beforeEach, describe, expect, test } from 'vitest';
import { ColdReader } from '../../../src/ledger/cold-reader.js';
import { CurrentUsers, FrequentUser } from '../../../src/ledger/current-users.js';
import { FeedWindow } from '../../../src/ledger/belief.js';
import { FeedFollower } from '../../../src/ledger/feed-follower.js';
import { LedgerOutage } from '../../../src/ledger/ledger-outage.js';
import { LedgerTrust } from '../../../src/ledger/ledger-trust.js';
import { FeedLedger, type FeedReading } from '../../../src/ports/feed-ledger.port.js';
import { MemoryChangeEvents } from '../../../src/stores/memory/memory-change-events.js';
import { MemoryLiveCopies } from '../../../src/stores/memory/memory-live-copies.js';
import { ManualClock } from '../../support/manual-clock.js';
import { ScriptedUserLedger } from '../../support/scripted-user-ledger.js';
import { silentLog } from '../../support/silent-log.js';

const MILLION = 1_000_000;
const USERS = 80_000;
/** Users per reading, readings in flight, and users that may wait (`cold-reader.ts`). */
const [BATCH, IN_FLIGHT, WAITING] = [256, 2, 50_000];

/** A feed in which nothing happens, and which can be out. */
class PlainFeed extends FeedLedger {
  isOut = false;

  override read(): Promise<FeedReading> {
    if (this.isOut) return Promise.reject(new Error('out'));
    const reading = { incarnation: 1, position: 1, upTo: 1, mark: '', users: [], control: false };
    return Promise.resolve({ ...reading, nowMs: 0 });
  }

  override startingPosition(): Promise<number> {
    return Promise.resolve(1);
  }

  override trim(): Promise<number> {
    return Promise.resolve(0);
  }
}

let clock: ManualClock;
let ledger: ScriptedUserLedger;
let feed: PlainFeed;
let follower: FeedFollower;
let users: CurrentUsers;
let trust: LedgerTrust;

beforeEach(async () => {
  clock = new ManualClock();
  ledger = new ScriptedUserLedger();
  feed = new PlainFeed();
  const window = new FeedWindow(900_000);
  const events = new MemoryChangeEvents(() => undefined);
  const options = { windowSeconds: 900, reloadControl: () => Promise.resolve() };
  const outage = new LedgerOutage();
  follower = new FeedFollower(feed, events, window, outage, clock, silentLog, options);
  await follower.start();
  await follower.stop();
  trust = new LedgerTrust(window, follower, events, clock, 10);
  const own = new MemoryLiveCopies({ maxCopies: 2 * USERS, windowSeconds: 900 }, clock);
  const reader = new ColdReader(ledger, [own]);
  users = new CurrentUsers(own, undefined, reader, window, trust, clock);
});

const user = (n: number) => new FrequentUser('default', `user-${n % USERS}`);

describe('a stampede of a million checks of users that nobody has a copy of', () => {
  test('is a queue before the ledger: a few readings at a time, no user twice, the rest turned away', async () => {
    let inFlight = 0;
    let most = 0;
    ledger.holdReading = async () => {
      inFlight += 1;
      most = Math.max(most, inFlight);
      await new Promise((resolve) => setImmediate(resolve));
      inFlight -= 1;
    };
    const outcomes = { answered: 0, overloaded: 0, failed: 0 };
    const all = Array.from({ length: USERS }, (_, n) => user(n));
    const asked: Promise<void>[] = [];
    for (let n = 0; n < MILLION; n += 1) {
      const counted = users.lookUp(all[n % USERS] as FrequentUser, 0).then(
        () => void (outcomes.answered += 1),
        (error: { code?: string }) =>
          void (outcomes[error.code === 'overloaded' ? 'overloaded' : 'failed'] += 1),
      );
      asked.push(counted);
    }
    await Promise.all(asked);

    expect(outcomes.failed).toBe(0);
    expect(outcomes.answered).toBeGreaterThanOrEqual(WAITING);
    expect(outcomes.overloaded).toBe(MILLION - outcomes.answered);
    expect(most).toBeLessThanOrEqual(IN_FLIGHT);
    expect(Math.max(...ledger.readings.map((ids) => ids.length))).toBeLessThanOrEqual(BATCH);
    const read = ledger.readings.flat();
    expect(new Set(read).size).toBe(read.length);
    expect(ledger.readings.length).toBeLessThanOrEqual(Math.ceil(USERS / BATCH) + 2);
  }, 60_000);

  test('comes to an end: who asks again is served, until all have been read', async () => {
    const served = new Set<number>();
    for (let round = 0; served.size < USERS && round < 20; round += 1) {
      const asked: Promise<unknown>[] = [];
      for (let n = 0; n < USERS; n += 1) {
        if (served.has(n) || users.atHand(user(n), 0) !== undefined) {
          served.add(n);
          continue;
        }
        asked.push(
          users
            .lookUp(user(n), 0)
            .then(() => served.add(n))
            .catch(() => undefined),
        );
      }
      await Promise.all(asked);
    }

    expect(served.size).toBe(USERS);
    expect(ledger.readings.flat()).toHaveLength(USERS);
  }, 60_000);
});

describe('a reading of the feed that fails once', () => {
  test('costs nothing: copies are believed for the rest of their second', async () => {
    await users.lookUp(user(1), 0);
    const { length } = ledger.readings;
    feed.isOut = true;
    await expect(follower.readAfterNow()).rejects.toThrow('out');
    clock.advance(700);
    expect(users.atHand(user(1), 0)).toBeDefined();
    feed.isOut = false;
    await follower.readAfterNow();
    clock.advance(700);
    expect(users.atHand(user(1), 0)).toBeDefined();
    expect(ledger.readings).toHaveLength(length);
  });

  test('nor does one after another ask the ledger for every user: there is the grace, then no answer', async () => {
    await users.lookUp(user(1), 0);
    const { length } = ledger.readings;
    feed.isOut = true;
    await expect(follower.readAfterNow()).rejects.toThrow('out');
    clock.advance(400);
    await expect(follower.readAfterNow()).rejects.toThrow('out');
    clock.advance(700);
    await trust.renew();
    expect(users.atHand(user(1), 0)).toBeUndefined();
    expect(await users.lookUp(user(1), 0)).toMatchObject({ userId: 'user-1' });
    expect(ledger.readings).toHaveLength(length);
    clock.advance(10_000);
    await expect(trust.renew()).rejects.toMatchObject({ code: 'ledger_unavailable' });
    expect(ledger.readings).toHaveLength(length);
  });
});
