import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Clock } from '../../../src/common/clock.js';
import { Announcer } from '../../../src/ledger/announcer.js';
import { FeedWindow } from '../../../src/ledger/belief.js';
import { ColdReader } from '../../../src/ledger/cold-reader.js';
import { ControlChanges } from '../../../src/ledger/control-changes.js';
import { CurrentUsers, FrequentUser } from '../../../src/ledger/current-users.js';
import { FeedFollower } from '../../../src/ledger/feed-follower.js';
import { GuardedUserLedger } from '../../../src/ledger/guarded-ledgers.js';
import { LedgerOutage } from '../../../src/ledger/ledger-outage.js';
import { LedgerTrust } from '../../../src/ledger/ledger-trust.js';
import {
  ChangeEvents,
  type ChangeEvent,
  type Heard,
} from '../../../src/ports/change-events.port.js';
import type { ControlLedger } from '../../../src/ports/control-ledger.port.js';
import { FeedLedger, type FeedReading } from '../../../src/ports/feed-ledger.port.js';
import { MemoryLiveCopies } from '../../../src/stores/memory/memory-live-copies.js';
import { ScriptedUserLedger } from '../../support/scripted-user-ledger.js';
import { silentLog } from '../../support/silent-log.js';

const GRACE_SECONDS = 10;

/** A feed that can be out, hang, and name a change of the control part. */
class ScriptedFeed extends FeedLedger {
  isOut = false;
  control = false;
  hold: Promise<void> | undefined;

  override async read(): Promise<FeedReading> {
    const { control } = this;
    await this.hold;
    if (this.isOut) throw new Error('out');
    const reading = { incarnation: 1, position: 1, upTo: 1, mark: '', users: [], control };
    return { ...reading, nowMs: Date.now() };
  }

  override startingPosition(): Promise<number> {
    return Promise.resolve(1);
  }

  override trim(): Promise<number> {
    return Promise.resolve(0);
  }
}

/** Events of which a test says how far they were heard. */
class ScriptedEvents extends ChangeEvents {
  /** When hearing began, and when it ended; it follows the present while undefined. */
  sinceMs = -Infinity;
  silentSinceMs: number | undefined;
  isOut = false;
  #listener: (event: ChangeEvent) => void = () => undefined;

  override publish(event: ChangeEvent): Promise<void> {
    if (this.isOut) return Promise.reject(new Error('out'));
    this.#listener(event);
    return Promise.resolve();
  }

  override subscribe(listener: (event: ChangeEvent) => void): () => void {
    this.#listener = listener;
    return () => undefined;
  }

  override heard(): Heard {
    return { sinceMs: this.sinceMs, untilMs: this.silentSinceMs ?? clock.monotonicMs() };
  }
}

/** The clock of Vitest's timers. */
class TimerClock extends Clock {
  override nowMs(): number {
    return Date.now();
  }

  override monotonicMs(): number {
    return performance.now();
  }

  override sleep(ms: number): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, ms));
  }
}

const clock = new TimerClock();
let feed: ScriptedFeed;
let events: ScriptedEvents;
let follower: FeedFollower;
let outage: LedgerOutage;
let trust: LedgerTrust;
let window: FeedWindow;
let reload: () => Promise<void>;

beforeEach(async () => {
  vi.useFakeTimers({
    toFake: ['setTimeout', 'setInterval', 'clearTimeout', 'clearInterval', 'performance', 'Date'],
  });
  feed = new ScriptedFeed();
  events = new ScriptedEvents();
  window = new FeedWindow(900_000);
  outage = new LedgerOutage();
  reload = () => Promise.resolve();
  follower = new FeedFollower(feed, events, window, outage, clock, silentLog, {
    windowSeconds: 900,
    reloadControl: () => reload(),
  });
  trust = new LedgerTrust(window, follower, events, clock, GRACE_SECONDS);
  await follower.start();
});
afterEach(async () => {
  await follower.stop();
  vi.useRealTimers();
});

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);
const CONTROL: ChangeEvent = { users: [], control: true };
const isTrusted = () => trust.isFresh() || trust.isWithinGrace();

/** The ledger is out, and the last reading is too old to be believed. */
async function loseLedger(): Promise<void> {
  feed.isOut = true;
  await pass(1500);
  expect(trust.isFresh()).toBe(false);
}

describe('while the ledger cannot be read, a broker that hears every event', () => {
  test('goes on for the grace, and no longer', async () => {
    await loseLedger();
    expect(trust.isWithinGrace()).toBe(true);
    await expect(trust.renew()).resolves.toBeUndefined();
    await pass(GRACE_SECONDS * 1000 - 1500);
    expect(trust.isWithinGrace()).toBe(true);
    await pass(1000);
    expect(trust.isWithinGrace()).toBe(false);
    await expect(trust.renew()).rejects.toMatchObject({ code: 'ledger_unavailable' });
  });

  test('stops at once when one tells that the control part changed: somebody reaches the ledger', async () => {
    await loseLedger();
    await events.publish(CONTROL);
    expect(trust.isWithinGrace()).toBe(false);
    await expect(trust.renew()).rejects.toMatchObject({ code: 'ledger_unavailable' });
    await pass(300);
    expect(trust.isWithinGrace()).toBe(false);

    feed.isOut = false;
    await pass(300);
    expect(trust.isFresh()).toBe(true);
    await loseLedger();
    expect(trust.isWithinGrace()).toBe(true);
  });

  test('nor begins, when that was told before the failure showed', async () => {
    await pass(100);
    feed.isOut = true;
    await events.publish(CONTROL);
    await pass(1100);
    expect(trust.isFresh()).toBe(false);
    expect(follower.isFailing).toBe(true);
    expect(trust.isWithinGrace()).toBe(false);
  });

  test('nor when the reading that was under way as it was told succeeds, and the next one fails', async () => {
    const held = Promise.withResolvers<void>();
    feed.hold = held.promise;
    await pass(260);
    await events.publish(CONTROL);
    feed.hold = undefined;
    held.resolve();
    await pass(0);
    expect(follower.isMissingControl).toBe(true);
    await loseLedger();
    expect(trust.isWithinGrace()).toBe(false);
  });

  test('nor when the feed can be read, and the control part cannot', async () => {
    reload = () => Promise.reject(new Error('out'));
    feed.control = true;
    await events.publish(CONTROL);
    await pass(1500);
    expect(isTrusted()).toBe(false);
  });

  test('nor when the feed told of a control change, no event did, and the ledger then went', async () => {
    feed.control = true;
    reload = () => {
      feed.isOut = true;
      return Promise.reject(new Error('out'));
    };
    await pass(1500);
    expect(follower.isFailing).toBe(true);
    expect(trust.isWithinGrace()).toBe(false);

    feed.isOut = false;
    reload = () => Promise.resolve();
    await pass(300);
    feed.control = false;
    await loseLedger();
    expect(trust.isWithinGrace()).toBe(true);
  });

  test('nor when it changed the control part itself and has not read that back', async () => {
    const ledger = { change: () => Promise.resolve('done') } as unknown as ControlLedger;
    const announcer = new Announcer([], events, window, silentLog);
    const changes = new ControlChanges(ledger, announcer, follower, clock);
    events.isOut = true;
    feed.isOut = true;
    const changing = changes.change(() => expect.fail('not asked'));
    const [outcome] = await Promise.all([Promise.allSettled([changing]), pass(1500)]);
    expect(outcome).toMatchObject([{ status: 'rejected' }]);
    expect(follower.isFailing).toBe(true);
    expect(trust.isWithinGrace()).toBe(false);
  });

  test('reads on as usual when it was told and the ledger can be read', async () => {
    await events.publish(CONTROL);
    await pass(50);
    expect(follower.isMissingControl).toBe(false);
    await loseLedger();
    expect(trust.isWithinGrace()).toBe(true);
  });
});

describe('a check that comes while a reading of the feed hangs', () => {
  test('waits for that reading and for no other, be it within the grace or not', async () => {
    const held = Promise.withResolvers<void>();
    feed.hold = held.promise;
    await pass(1100);
    expect(follower.isFailing).toBe(false);
    const answered: string[] = [];
    void trust.renew().then(() => answered.push('trusted'));
    await pass(10);
    expect(answered).toEqual([]);
    // As the driver does when its time is up; the next one hangs for longer.
    feed.hold = new Promise(() => undefined);
    held.reject(new Error('timed out'));
    await pass(0);
    expect(answered).toEqual(['trusted']);

    events.silentSinceMs = -Infinity;
    await expect(trust.renew()).rejects.toMatchObject({ code: 'ledger_unavailable' });
  });

  test('waits for another one when that took too long to be believed', async () => {
    const held = Promise.withResolvers<void>();
    feed.hold = held.promise;
    await pass(1300);
    const renewed = trust.renew();
    feed.hold = undefined;
    held.resolve();
    await pass(0);
    await expect(renewed).resolves.toBeUndefined();
    expect(trust.isFresh()).toBe(true);
  });
});

describe('while the ledger cannot be read, a broker that may have missed an event', () => {
  test('stops a second after all was heard', async () => {
    await loseLedger();
    events.silentSinceMs = clock.monotonicMs();
    await pass(999);
    expect(trust.isWithinGrace()).toBe(true);
    await pass(1);
    expect(trust.isWithinGrace()).toBe(false);
  });

  test('was cut off from both at once: no check goes by what it knew a second later', async () => {
    feed.isOut = true;
    events.silentSinceMs = clock.monotonicMs();
    await pass(1000);
    expect(isTrusted()).toBe(false);
    await expect(trust.renew()).rejects.toMatchObject({ code: 'ledger_unavailable' });
  });

  test('hung on both at once: the same', async () => {
    const held = Promise.withResolvers<void>();
    feed.hold = held.promise;
    events.silentSinceMs = clock.monotonicMs();
    await pass(1000);
    expect(isTrusted()).toBe(false);
    held.reject(new Error('timed out'));
    feed.isOut = true;
    await pass(10);
    expect(follower.isFailing).toBe(true);
    expect(isTrusted()).toBe(false);
    feed.hold = undefined;
  });

  test('does not go on when it is back in touch, until the feed has been read', async () => {
    await loseLedger();
    events.silentSinceMs = clock.monotonicMs();
    await pass(2000);
    events.silentSinceMs = undefined;
    // Nothing was missed: the line held.
    expect(trust.isWithinGrace()).toBe(true);
    events.sinceMs = clock.monotonicMs();
    await pass(100);
    expect(trust.isWithinGrace()).toBe(false);

    feed.isOut = false;
    await pass(300);
    await loseLedger();
    expect(trust.isWithinGrace()).toBe(true);
  });

  test('lost the thread just before the ledger went: the same', async () => {
    events.sinceMs = clock.monotonicMs() + 1;
    await loseLedger();
    expect(trust.isWithinGrace()).toBe(false);
  });

  test('goes on with a ledger that can be read', async () => {
    events.sinceMs = Infinity;
    events.silentSinceMs = -Infinity;
    for (let n = 0; n < 40; n += 1) {
      expect(trust.isFresh()).toBe(true);
      await pass(100);
    }
  });
});

describe('the copy of a user, within the grace', () => {
  const user = new FrequentUser('default', 'user-1');

  function currentUsers(): CurrentUsers {
    const own = new MemoryLiveCopies({ maxCopies: 10, windowSeconds: 900 }, clock);
    const ledger = new GuardedUserLedger(new ScriptedUserLedger(), outage);
    const reader = new ColdReader(ledger, [own]);
    return new CurrentUsers(own, undefined, reader, window, trust, clock);
  }

  test('answers as long as no event tells of a newer version, and then is refused', async () => {
    const users = currentUsers();
    const copy = await users.lookUp(user, 0);
    await loseLedger();
    expect(await users.lookUp(user, 0)).toEqual(copy);

    const other = { appId: 'default', userId: 'user-2', version: 9 };
    await events.publish({ users: [other], control: false });
    expect(await users.lookUp(user, 0)).toEqual(copy);
    const changed = { appId: 'default', userId: 'user-1', version: copy.version + 1 };
    await events.publish({ users: [changed], control: false });
    await expect(users.lookUp(user, 0)).rejects.toMatchObject({ code: 'ledger_unavailable' });
    expect(users.atHand(user, 0)).toBeUndefined();
    // Of that user only.
    expect(trust.isWithinGrace()).toBe(true);
  });

  test('is refused also when the event came before the ledger went', async () => {
    const users = currentUsers();
    const copy = await users.lookUp(user, 0);
    const changed = { appId: 'default', userId: 'user-1', version: copy.version + 1 };
    await events.publish({ users: [changed], control: false });
    await loseLedger();
    await expect(users.lookUp(user, 0)).rejects.toMatchObject({ code: 'ledger_unavailable' });
  });

  test('is refused when an event may have been missed', async () => {
    const users = currentUsers();
    await users.lookUp(user, 0);
    await loseLedger();
    events.silentSinceMs = clock.monotonicMs() - 1000;
    await expect(users.lookUp(user, 0)).rejects.toMatchObject({ code: 'ledger_unavailable' });
  });
});
