import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { SystemClock } from '../../../src/common/clock.js';
import { FeedWindow } from '../../../src/ledger/belief.js';
import { FeedFollower } from '../../../src/ledger/feed-follower.js';
import { LedgerOutage } from '../../../src/ledger/ledger-outage.js';
import { FeedLedger, type FeedReading } from '../../../src/ports/feed-ledger.port.js';
import { MemoryChangeEvents } from '../../../src/stores/memory/memory-change-events.js';
import { silentLog } from '../../support/silent-log.js';
import { userCopy } from '../../support/user-copies.js';

/** A feed whose readings a test can hold back, and which notices when two are under way. */
class ScriptedFeed extends FeedLedger {
  incarnation = 1;
  position = 10;
  control = false;
  offsetMs = 0;
  failure: Error | undefined;
  began = 0;
  inFlight = 0;
  mostInFlight = 0;
  starts = 0;
  hold: (() => Promise<void>) | undefined;
  committed: { version: number; position: number }[] = [];

  override async read(from: number): Promise<FeedReading> {
    this.began += 1;
    this.inFlight += 1;
    this.mostInFlight = Math.max(this.mostInFlight, this.inFlight);
    // What it tells is what had been committed when it began.
    const users = this.committed
      .filter(({ position }) => position >= from)
      .map(({ version }) => ({ appId: 'default', userId: 'user-1', version }));
    const { incarnation, position, control } = this;
    try {
      await (this.hold?.() ?? new Promise((resolve) => setImmediate(resolve)));
      if (this.failure !== undefined) throw this.failure;
      const nowMs = Date.now() + this.offsetMs;
      return { incarnation, position, upTo: position, mark: '', nowMs, users, control };
    } finally {
      this.inFlight -= 1;
    }
  }

  override startingPosition(): Promise<number> {
    this.starts += 1;
    return Promise.resolve(this.position);
  }

  override trim(): Promise<number> {
    return Promise.resolve(0);
  }
}

let feed: ScriptedFeed;
let events: MemoryChangeEvents;
let window: FeedWindow;
let outage: LedgerOutage;
let follower: FeedFollower;
let reloads: number;
let reload: () => Promise<void>;
const clock = new SystemClock();

beforeEach(() => {
  feed = new ScriptedFeed();
  events = new MemoryChangeEvents(() => undefined);
  window = new FeedWindow(900_000);
  outage = new LedgerOutage();
  reloads = 0;
  reload = () => Promise.resolve();
  follower = new FeedFollower(feed, events, window, outage, clock, silentLog, {
    windowSeconds: 900,
    reloadControl: async () => {
      reloads += 1;
      await reload();
    },
  });
});
afterEach(() => follower.stop());

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const copy = (version: number, incarnation = 1) =>
  userCopy({ version, incarnation, position: feed.position });
const believes = (version: number, incarnation = 1) =>
  window.disbelief(copy(version, incarnation), clock.monotonicMs()) === undefined;

describe('a broker that follows the feed', () => {
  test('knows the window and the control part when it has started', async () => {
    await follower.start();
    expect(reloads).toBe(1);
    expect(believes(1)).toBe(true);
    expect(follower.isFailing).toBe(false);
  });

  test('does not start without the ledger, or without the control part', async () => {
    feed.failure = new Error('out');
    await expect(follower.start()).rejects.toThrow('out');
    feed.failure = undefined;
    reload = () => Promise.reject(new Error('a key cannot be opened'));
    await expect(follower.start()).rejects.toThrow('a key cannot be opened');
    expect(believes(1)).toBe(false);
  });

  test('reads four times a second, never twice at once, whoever asks', async () => {
    await follower.start();
    const before = feed.began;
    const asking = Array.from({ length: 50 }, () => follower.readAfterNow());
    for (let n = 0; n < 10; n += 1) {
      await events.publish({ users: [], control: true });
      asking.push(follower.readAfterNow());
      await pause(20);
    }
    await Promise.all(asking);
    const asked = feed.began - before;
    expect(asked).toBeGreaterThanOrEqual(3);
    expect(asked).toBeLessThan(20);
    await pause(1000);
    expect(feed.began - before - asked).toBeGreaterThanOrEqual(2);
    expect(feed.mostInFlight).toBe(1);
  });

  test('hears of control changes while it starts, and still reads one at a time', async () => {
    const opened = Promise.withResolvers<void>();
    feed.hold = () => opened.promise;
    const started = follower.start();
    await pause(5);
    await events.publish({ users: [], control: true });
    await pause(50);
    opened.resolve();
    await started;
    await follower.readAfterNow();
    expect(feed.mostInFlight).toBe(1);
    expect(believes(1)).toBe(true);
  });

  test('has taken in, when asked to, what was committed before it was asked', async () => {
    await follower.start();
    for (let version = 2; version <= 6; version += 1) {
      const slow: (() => void)[] = [];
      feed.hold = () => new Promise((resolve) => slow.push(resolve));
      const early = follower.readAfterNow();
      while (slow.length === 0) await pause(1);
      // Committed after the reading that is under way began, so that it does not tell it.
      feed.committed.push({ version, position: 10 });
      const late = follower.readAfterNow();
      feed.hold = undefined;
      // Longer than readings that somebody waits for are apart.
      await pause(40);
      slow[0]?.();
      await early;
      await late;
      expect(believes(version - 1)).toBe(false);
      expect(believes(version)).toBe(true);
    }
  });

  test('a change that is heard of is known at once', async () => {
    await follower.start();
    await events.publish({
      users: [{ appId: 'default', userId: 'user-1', version: 5 }],
      control: false,
    });
    expect(believes(4)).toBe(false);
    expect(believes(5)).toBe(true);
  });

  test('a reading that names the control part succeeds only when that was taken in', async () => {
    await follower.start();
    feed.control = true;
    reload = () => Promise.reject(new Error('out'));
    await expect(follower.readAfterNow()).rejects.toThrow('out');
    expect(follower.isFailing).toBe(true);
    const ageMs = window.ageMs(clock.monotonicMs());
    await expect(follower.readAfterNow()).rejects.toThrow('out');
    expect(window.ageMs(clock.monotonicMs())).toBeGreaterThan(ageMs);
    reload = () => Promise.resolve();
    await follower.readAfterNow();
    expect(follower.isFailing).toBe(false);
  });

  test('a control part that hangs shows as soon as a feed that does', async () => {
    await follower.start();
    feed.control = true;
    reload = () => new Promise(() => undefined);
    const began = performance.now();
    await expect(follower.readAfterNow()).rejects.toThrow('not read in time');
    expect(performance.now() - began).toBeLessThan(1200);
    expect(follower.isFailing).toBe(true);
    await expect.poll(() => outage.isOut, { timeout: 1000, interval: 10 }).toBe(true);
  });

  test('an outage shows, and the feed is read again when it is over', async () => {
    await follower.start();
    feed.failure = new Error('out');
    await expect(follower.readAfterNow()).rejects.toThrow('out');
    expect(follower.isFailing).toBe(true);
    feed.failure = undefined;
    while (follower.isFailing) await pause(10);
    expect(believes(1)).toBe(true);
  });

  test('the ledger is out once it cannot be read for a second, and no longer than that', async () => {
    await follower.start();
    feed.failure = new Error('out');
    await expect(follower.readAfterNow()).rejects.toThrow('out');
    expect(outage.isOut).toBe(false);
    await expect.poll(() => outage.isOut, { timeout: 3000, interval: 10 }).toBe(true);
    expect(window.ageMs(clock.monotonicMs())).toBeGreaterThanOrEqual(1000);
    feed.failure = undefined;
    await expect.poll(() => outage.isOut, { timeout: 3000, interval: 10 }).toBe(false);
    expect(believes(1)).toBe(true);
  });

  test('a failure while this process stood still says nothing of the ledger', async () => {
    await follower.start();
    const failed = Promise.withResolvers<void>();
    feed.hold = () => failed.promise;
    const reading = follower.readAfterNow();
    while (feed.inFlight === 0) await pause(1);
    const until = performance.now() + 1500;
    while (performance.now() < until);
    failed.reject(new Error('timed out'));
    await expect(reading).rejects.toThrow('timed out');
    expect(follower.isFailing).toBe(false);
    expect(outage.isOut).toBe(false);
    feed.hold = undefined;
    await follower.readAfterNow();
    expect(believes(1)).toBe(true);
  });

  test('another incarnation is begun anew, with the control part, in the same reading', async () => {
    await follower.start();
    feed.incarnation = 2;
    feed.position = 7;
    const { starts } = feed;
    const before = reloads;
    await follower.readAfterNow();
    expect(feed.starts).toBe(starts + 1);
    expect(reloads).toBeGreaterThan(before);
    expect(window.position).toBe(7);
    expect(believes(1, 1)).toBe(false);
    expect(believes(1, 2)).toBe(true);
  });

  test('a feed that was not read for longer than it is kept is begun anew', async () => {
    await follower.start();
    const { starts } = feed;
    feed.offsetMs = 3_600_000;
    await follower.readAfterNow();
    expect(feed.starts).toBe(starts + 1);
    expect(believes(1)).toBe(true);
  });

  test('stops between readings and begins no other', async () => {
    await follower.start();
    await follower.stop();
    const { began } = feed;
    await pause(400);
    expect(feed.began).toBe(began);
  });
});
