import { beforeEach, describe, expect, test, vi } from 'vitest';
import { Model } from './model/model.js';
import type { Session } from './model/session.js';
import { nowMs } from './now.js';
import { Bounds, GRACE_SECONDS } from './watch/bounds.js';
import { Checker } from './watch/checker.js';
import { Timeline } from './watch/timeline.js';

const USER = 'user';
const ONE = { id: 'default', keep: 1 };
const MANY = { id: 'crowd', keep: 30 };

describe('the checker', () => {
  let model: Model;
  let timeline: Timeline;
  let checker: Checker;
  let stallMs: number;
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['performance'] });
    stallMs = 0;
    const measured = { worstMs: () => 0 };
    const harness = { worstMs: () => stallMs };
    timeline = new Timeline();
    const pulses = {
      ...{ harness, redis: measured, ledger: measured },
      brokers: [measured, measured],
    };
    model = new Model();
    checker = new Checker(new Bounds(timeline, pulses));
    return () => vi.useRealTimers();
  });

  const later = (milliseconds: number) => void vi.advanceTimersByTime(milliseconds);

  function minted(app = ONE, platformId = 1, deviceId = ''): Session {
    const session = model.beginMint(app, USER, platformId, deviceId);
    later(5);
    model.mintAcked(session, { token: `token of ${nowMs()}` });
    later(5);
    return session;
  }

  function revoke(session: Session) {
    const { userId, platformId } = session.slot;
    return model.beginRevocation(session.slot.app, { type: 'platform', userId, platformId });
  }

  function revoked(session: Session) {
    const revocation = revoke(session);
    later(5);
    model.revocationAcked(revocation, 'rev');
    return revocation;
  }

  /** Judges a check that is sent now and answered five milliseconds later. */
  function answer(
    session: Session,
    verdict: 'accepted' | 'ended' | { refusedAs: string },
    broker = 0,
  ): string[] {
    const began = nowMs();
    later(5);
    const before = checker.violations.length;
    checker.judge({ session, broker, began, answered: nowMs(), verdict });
    return checker.violations.slice(before).map(({ promised }) => promised);
  }

  test('takes a good token that is accepted, and none that is refused', () => {
    const session = minted();
    expect(answer(session, 'accepted')).toEqual([]);
    expect(answer(session, 'ended')).toEqual(['good-refused']);
    expect(answer(session, { refusedAs: '1507' })).toEqual(['wrong-reason']);
  });

  test('gives news of a revocation 150 ms while events flow', () => {
    const session = minted();
    revoked(session);
    later(149);
    expect(answer(session, 'accepted')).toEqual([]);
    later(1);
    expect(answer(session, 'accepted')).toEqual(['news-late']);
    expect(answer(session, 'ended')).toEqual([]);
  });

  test('gives them as much longer as somebody was measured to be held up', () => {
    const session = minted();
    revoked(session);
    stallMs = 100;
    later(249);
    expect(answer(session, 'accepted')).toEqual([]);
    later(1);
    expect(answer(session, 'accepted')).toEqual(['news-late']);
  });

  test('gives them a second while they may not flow, and no stall makes it longer', () => {
    const session = minted();
    const trouble = timeline.open('redis-killed', ['redis']);
    revoked(session);
    stallMs = 5000;
    later(999);
    expect(answer(session, 'accepted')).toEqual([]);
    timeline.close(trouble);
    expect(answer(session, 'accepted')).toEqual(['ended-accepted']);
  });

  test('gives them a second while the ledger is out, for they were told', () => {
    const session = minted();
    revoked(session);
    timeline.open('ledger-crashed', ['ledger']);
    later(999);
    expect(answer(session, 'accepted')).toEqual([]);
    expect(answer(session, 'accepted')).toEqual(['ended-accepted']);
  });

  test('gives the grace and a second to what was seen and told by nobody', () => {
    const session = minted();
    model.revocationLost(revoke(session));
    expect(answer(session, 'ended')).toEqual([]);
    timeline.open('ledger-crashed', ['ledger']);
    later(GRACE_SECONDS * 1000 + 990);
    expect(answer(session, 'accepted')).toEqual([]);
    later(10);
    expect(answer(session, 'accepted')).toEqual(['ended-accepted']);
  });

  test('gives them the grace and a second while Redis and the ledger are out', () => {
    const session = minted();
    const redis = timeline.open('redis-full', ['redis']);
    revoked(session);
    timeline.close(redis);
    timeline.open('ledger-crashed', ['ledger']);
    later(GRACE_SECONDS * 1000 + 999);
    expect(answer(session, 'accepted')).toEqual([]);
    later(1);
    expect(answer(session, 'accepted')).toEqual(['ended-accepted']);
  });

  test('takes either answer while a revocation is unknown, until it was seen applied', () => {
    const session = minted();
    const revocation = revoke(session);
    expect(answer(session, 'accepted')).toEqual([]);
    model.revocationLost(revocation);
    later(60_000);
    expect(answer(session, 'accepted')).toEqual([]);
    expect(answer(session, 'ended')).toEqual([]);
    later(990);
    expect(answer(session, 'accepted', 1)).toEqual([]);
    later(10);
    expect(answer(session, 'accepted', 1)).toEqual(['ended-accepted']);
  });

  test('holds a session minted after a revocation to be good, one minted meanwhile to be either', () => {
    const before = minted(MANY);
    const revocation = revoke(before);
    const meanwhile = minted(MANY);
    model.revocationAcked(revocation);
    later(1);
    const after = minted(MANY);
    later(1000);
    expect(answer(before, 'accepted')).toContain('ended-accepted');
    expect(answer(meanwhile, 'accepted')).toEqual([]);
    expect(answer(meanwhile, 'ended')).toEqual([]);
    expect(answer(after, 'ended')).toEqual(['good-refused']);
  });

  test('holds a session to be good again a second after the restore', () => {
    const session = minted();
    const revocation = revoked(session);
    answer(session, 'ended');
    const restore = model.beginRestore(revocation);
    expect(answer(session, 'accepted')).toEqual([]);
    expect(answer(session, 'ended')).toEqual([]);
    model.restoreAcked(revocation, restore);
    expect(answer(session, 'ended')).toEqual([]);
    later(1000);
    expect(answer(session, 'accepted')).toEqual([]);
    expect(answer(session, 'ended')).toEqual(['good-refused']);
  });

  test('does not hold a session to be good that something else has ended, too', () => {
    const session = minted();
    const revocation = revoked(session);
    minted();
    model.restoreAcked(revocation, model.beginRestore(revocation));
    later(1000);
    expect(answer(session, 'ended')).toEqual([]);
    expect(answer(session, 'accepted')).toContain('ended-accepted');
  });

  test('knows that a later login ends the earlier one, and which one is for the ledger to say', () => {
    const first = minted();
    const second = model.beginMint(ONE, USER, 1);
    const third = model.beginMint(ONE, USER, 1);
    later(5);
    model.mintAcked(third, { token: 'third' });
    model.mintAcked(second, { token: 'second' });
    later(1000);
    expect(answer(second, 'ended')).toEqual([]);
    expect(answer(third, 'accepted')).toEqual([]);
    expect(answer(first, 'accepted')).toContain('ended-accepted');
  });

  test('lets only one of two logins pass that raced', () => {
    const one = model.beginMint(ONE, USER, 1);
    const other = model.beginMint(ONE, USER, 1);
    later(5);
    model.mintAcked(one, { token: 'one' });
    model.mintAcked(other, { token: 'other' });
    later(999);
    expect(answer(one, 'accepted')).toEqual([]);
    expect(answer(other, 'accepted')).toEqual([]);
    expect(answer(one, 'accepted')).toEqual(['two-on-a-platform']);
  });

  test('under policy 0 lets sessions be, but for the same device', () => {
    const phone = minted(MANY, 1, 'phone');
    const tablet = minted(MANY, 1, 'tablet');
    minted(MANY, 1, 'phone');
    later(1000);
    expect(answer(phone, 'accepted')).toContain('ended-accepted');
    expect(answer(tablet, 'ended')).toEqual(['good-refused']);
  });

  test('asks the ledger for a revocation only where nothing else can have ended the session', () => {
    const plain = minted(ONE, 1);
    const raced = minted(ONE, 2);
    const login = model.beginMint(ONE, USER, 2);
    revoked(plain);
    revoked(raced);
    model.mintAcked(login, { token: 'login' });
    expect(plain.mustName.size).toBe(1);
    expect(raced.mustName.size).toBe(0);
  });

  test('does not judge a token that may have expired', () => {
    const session = model.beginMint(ONE, USER, 1);
    model.mintAcked(session, { token: 'short', ttlSeconds: 20 });
    later(18_400);
    expect(answer(session, { refusedAs: '1501' })).toEqual(['wrong-reason']);
    later(100);
    expect(answer(session, { refusedAs: '1501' })).toEqual([]);
  });
});
