import { beforeEach, describe, expect, it } from 'vitest';
import {
  Guessing,
  type LimitedCall,
  type LoginTry,
} from '../../../src/business-auth/guessing/guessing.js';
import { BrokerError } from '../../../src/common/errors.js';
import {
  type GuessCount,
  type GuessLimit,
  GuessLimiter,
} from '../../../src/ports/guess-limiter.port.js';
import { MemoryGuessLimiter } from '../../../src/stores/memory/memory-guess-limiter.js';
import { load } from '../config/given-sources.js';
import { ManualClock } from '../../support/manual-clock.js';

const LIMITS = load().rateLimits;
const ALICE = { appId: 'default', nameKey: 'alice' };
const ACCOUNT = { appId: 'default', accountId: 'acc_alice' };
const HOME = '198.51.100.7';
const ELSEWHERE = '203.0.113.9';

/** A limiter that fails when it is told to, and knows what it was asked. */
class BreakableLimiter extends GuessLimiter {
  readonly asked: string[] = [];
  /** Names of limits, with `take` or `giveBack` in front, that can't be reached. */
  broken = new Set<string>();

  constructor(private readonly inner: GuessLimiter) {
    super();
  }

  override take(limit: GuessLimit, key: string): Promise<GuessCount> {
    this.#note(`take ${limit.name}`);
    return this.inner.take(limit, key);
  }

  override giveBack(taken: GuessCount, key: string): Promise<void> {
    this.#note(`giveBack ${taken.limit.name}`);
    return this.inner.giveBack(taken, key);
  }

  #note(call: string): void {
    this.asked.push(call);
    if (this.broken.has(call)) throw new BrokerError('limiter_unavailable', 'out');
  }
}

describe('tries that are given back', () => {
  let clock: ManualClock;
  let limiter: BreakableLimiter;
  let guessing: Guessing;
  beforeEach(() => {
    clock = new ManualClock();
    limiter = new BreakableLimiter(new MemoryGuessLimiter(clock));
    guessing = new Guessing(limiter, LIMITS);
  });

  async function times<T>(count: number, act: (n: number) => Promise<T>): Promise<T[]> {
    const done: T[] = [];
    for (let n = 0; n < count; n++) done.push(await act(n));
    return done;
  }

  const expectAllowed = async (count: number, act: (n: number) => Promise<unknown>) => {
    await expect(times(count, act)).resolves.toHaveLength(count);
  };

  const login = (asked: Partial<LoginTry> = {}) =>
    guessing.login({ ...ALICE, address: HOME, ...asked });

  const refusal = async (call: Promise<LimitedCall>): Promise<BrokerError> => {
    const error = await call.then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(BrokerError);
    return error as BrokerError;
  };

  const expectLimited = async (call: Promise<LimitedCall>, name: string): Promise<void> => {
    expect(await refusal(call)).toMatchObject({
      code: 'rate_limited',
      rateLimit: { limit: { name } },
    });
  };

  it('counts tries that are under way together', async () => {
    const started = await Promise.allSettled(Array.from({ length: 30 }, () => login()));
    expect(started.filter(({ status }) => status === 'fulfilled')).toHaveLength(10);
  });

  it('gives back what a call took, and no more, however often it says that it succeeded', async () => {
    const wrong = await times(9, () => login());
    expect(wrong).toHaveLength(9);
    const right = await login();
    await times(20, () => right.succeeded());
    await login();
    await expectLimited(login(), 'loginPerAccount');
  });

  it('gives nothing back for a call whose time is over', async () => {
    const slow = await times(10, () => login());
    clock.advance(900_000);
    await times(10, () => login());
    for (const call of slow) await call.succeeded();
    await expectLimited(login(), 'loginPerAccount');
  });

  it('takes nothing of the address for tries that the account refuses', async () => {
    await times(10, (n) => login({ address: `192.0.2.${n}` }));
    await times(200, () => login().catch(() => undefined));
    await expectAllowed(100, (n) => login({ nameKey: `name ${n}` }));
  });

  it('takes nothing of the account for tries that the address refuses', async () => {
    await times(100, (n) => login({ nameKey: `name ${n}` }));
    await times(50, () => login().catch(() => undefined));
    await expectAllowed(10, () => login({ address: ELSEWHERE }));
  });

  it('tells where the limits stand, when tries were taken and when they were given back', async () => {
    const heard: (readonly GuessCount[])[] = [];
    const tries = await guessing.login({ ...ALICE, address: HOME }, (counts) => heard.push(counts));
    await tries.succeeded();
    await tries.succeeded();
    expect(heard).toMatchObject([
      [
        { limit: { name: 'loginPerAddress' }, remaining: 99, resetSeconds: 900 },
        { limit: { name: 'loginPerAccount' }, remaining: 9, resetSeconds: 900 },
      ],
      [{ remaining: 100 }, { remaining: 10 }],
    ]);
  });

  describe('while the limiter is out', () => {
    it.each<[string, () => Promise<LimitedCall>]>([
      ['take loginPerAddress', () => login()],
      ['take loginPerAccount', () => login()],
      ['take registerPerAddress', () => guessing.register(HOME)],
      ['take secondFactorPerAccount', () => guessing.secondFactor(ACCOUNT)],
      ['take stepUpPerAccount', () => guessing.stepUp(ACCOUNT)],
      ['take recoveryPerAddress', () => guessing.recoveryStart({ ...ALICE, address: HOME })],
      ['take recoveryPerAccount', () => guessing.recoveryStart({ ...ALICE, address: HOME })],
      ['take recoveryPerAddress', () => guessing.recoveryComplete(HOME)],
    ])('nothing may be tried (%s)', async (call, act) => {
      limiter.broken.add(call);
      expect(await refusal(act())).toMatchObject({ code: 'limiter_unavailable' });
    });

    it('half of a call costs nothing', async () => {
      limiter.broken.add('take loginPerAccount');
      await times(150, () => login().catch(() => undefined));
      limiter.broken.clear();
      await expectAllowed(100, (n) => login({ nameKey: `name ${n}` }));
    });

    it('who was right is let in all the same, and stays counted', async () => {
      await times(9, () => login());
      const right = await login();
      limiter.broken = new Set(['giveBack loginPerAddress', 'giveBack loginPerAccount']);
      await right.succeeded();
      limiter.broken.clear();
      await expectLimited(login(), 'loginPerAccount');
    });
  });

  it('limits nothing and asks nothing where it is switched off', async () => {
    guessing = new Guessing(limiter, { ...LIMITS, enabled: false });
    await times(200, async () => (await login()).succeeded());
    await guessing.register(HOME);
    expect(limiter.asked).toEqual([]);
  });
});
