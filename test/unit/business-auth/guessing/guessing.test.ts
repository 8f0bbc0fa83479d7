import { describe, expect, test } from 'vitest';
import { Guessing } from '../../../../src/business-auth/guessing/guessing.js';
import { BrokerError } from '../../../../src/common/errors.js';
import type { GuessCount, GuessLimit } from '../../../../src/ports/guess-limiter.port.js';
import { MemoryGuessLimiter } from '../../../../src/stores/memory/memory-guess-limiter.js';
import { load } from '../../config/given-sources.js';
import { ManualClock } from '../../../support/manual-clock.js';

const LIMITS = {
  ...load().rateLimits,
  loginPerAccount: { attempts: 3, perSeconds: 60 },
  loginPerAddress: { attempts: 5, perSeconds: 60 },
  recoveryPerAccount: { attempts: 2, perSeconds: 60 },
  recoveryPerAddress: { attempts: 3, perSeconds: 60 },
  appSecretPerAddress: { attempts: 3, perSeconds: 60 },
};
const ALICE = { appId: 'default', nameKey: 'alice', address: '192.0.2.1', knownDevice: '' };
const OVER = { code: 'rate_limited' };

/** A limiter that can be taken out. */
class Breakable extends MemoryGuessLimiter {
  broken: 'take' | 'giveBack' | undefined;

  override take(limit: GuessLimit, key: string): Promise<GuessCount> {
    return this.broken === 'take' ? unavailable() : super.take(limit, key);
  }

  override giveBack(taken: GuessCount, key: string): Promise<void> {
    return this.broken === 'giveBack' ? unavailable() : super.giveBack(taken, key);
  }
}

function unavailable(): Promise<never> {
  return Promise.reject(new BrokerError('limiter_unavailable', 'tries can not be counted now'));
}

function setUp(limits = LIMITS) {
  const clock = new ManualClock();
  const limiter = new Breakable(clock);
  const left = async (name: Exclude<keyof typeof LIMITS, 'enabled'>, key: string) => {
    const limit = { name, ...limits[name] };
    const taken = await limiter.take(limit, key);
    if (!taken.allowed) return 0;
    await limiter.giveBack(taken, key);
    return taken.remaining + 1;
  };
  return { clock, limiter, left, guessing: new Guessing(limiter, limits) };
}

describe('a guess', () => {
  test.each(['overloaded', 'ledger_unavailable', 'limiter_unavailable', 'internal'] as const)(
    'that ended as %s was none, and is not counted',
    async (code) => {
      const { guessing, left } = setUp();
      for (let n = 0; n < 10; n += 1) {
        const tries = await guessing.login(ALICE);
        const failing = tries.judge(() => Promise.reject(new BrokerError(code, 'not now')));
        await expect(failing).rejects.toMatchObject({ code });
        await tries.succeeded();
      }
      expect(await left('loginPerAddress', ALICE.address)).toBe(5);
    },
  );

  test('that was wrong, in whatever way it was told, is counted', async () => {
    const { guessing } = setUp();
    const wrong = new BrokerError('invalid_code', 'wrong');
    const tries = await guessing.login(ALICE);
    await expect(tries.judge(() => Promise.reject(wrong))).rejects.toBe(wrong);
    for (let n = 0; n < 2; n += 1) {
      await (await guessing.login(ALICE)).judge(() => Promise.resolve(false));
    }
    await expect(guessing.login(ALICE)).rejects.toMatchObject(OVER);
  });

  test('that failed by a mistake of ours is not held against anybody', async () => {
    const { guessing, left } = setUp();
    const tries = await guessing.login(ALICE);
    await expect(tries.judge(() => Promise.reject(new TypeError()))).rejects.toThrow(TypeError);
    expect(await left('loginPerAddress', ALICE.address)).toBe(5);
  });
});

describe('guessing', () => {
  test('of one account’s password is refused after so many wrong ones, from wherever', async () => {
    const { guessing, clock } = setUp();
    for (const last of [1, 2, 3]) {
      await guessing.login({ ...ALICE, address: `192.0.2.${last}` });
    }
    await expect(guessing.login({ ...ALICE, address: '192.0.2.4' })).rejects.toMatchObject(OVER);
    await guessing.login({ ...ALICE, nameKey: 'bob', address: '192.0.2.4' });
    await guessing.login({ ...ALICE, appId: 'other', address: '192.0.2.4' });
    clock.advance(60_000);
    await expect(guessing.login(ALICE)).resolves.toBeDefined();
  });

  test('of many accounts’ passwords is refused after so many wrong ones from one address', async () => {
    const { guessing } = setUp();
    for (const nameKey of ['a', 'b', 'c', 'd', 'e']) await guessing.login({ ...ALICE, nameKey });
    await expect(guessing.login({ ...ALICE, nameKey: 'f' })).rejects.toMatchObject(OVER);
    await expect(guessing.login({ ...ALICE, address: '192.0.2.2' })).resolves.toBeDefined();
  });

  test('is refused with when to come again, and with the limit that was passed', async () => {
    const { guessing, clock } = setUp();
    for (let n = 0; n < 3; n++) await guessing.login(ALICE);
    clock.advance(18_500);
    const error: unknown = await guessing.login(ALICE).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: 'rate_limited',
      detail: 'too many tries; try again in 42 seconds',
      retryAfterSeconds: 42,
      rateLimit: {
        limit: { name: 'loginPerAccount', attempts: 3, perSeconds: 60 },
        remaining: 0,
        resetSeconds: 42,
      },
    });
    expect(JSON.stringify(error)).not.toContain('alice');
  });

  test('is no concern of who logs in rightly, however often', async () => {
    const { guessing } = setUp();
    for (let n = 0; n < 50; n++) await (await guessing.login(ALICE)).succeeded();
    await guessing.login(ALICE);
    await guessing.login(ALICE);
    await expect(guessing.login(ALICE)).resolves.toBeDefined();
  });

  test('is counted while it is under way: of 50 at once so many are let through', async () => {
    const { guessing } = setUp();
    const begun = await Promise.allSettled(Array.from({ length: 50 }, () => guessing.login(ALICE)));
    expect(begun.filter(({ status }) => status === 'fulfilled')).toHaveLength(3);
  });

  test('that is refused for the account takes nothing from the address', async () => {
    const { guessing, left } = setUp();
    for (let n = 0; n < 3; n++) await guessing.login(ALICE);
    for (let n = 0; n < 20; n++) {
      await expect(guessing.login(ALICE)).rejects.toMatchObject(OVER);
    }
    expect(await left('loginPerAddress', ALICE.address)).toBe(2);
  });

  test('that is refused for the address takes nothing from the account', async () => {
    const { guessing, left } = setUp();
    for (const nameKey of ['a', 'b', 'c', 'd', 'e']) await guessing.login({ ...ALICE, nameKey });
    for (let n = 0; n < 20; n++) {
      await expect(guessing.login(ALICE)).rejects.toMatchObject(OVER);
    }
    await expect(guessing.login({ ...ALICE, address: '192.0.2.2' })).resolves.toBeDefined();
    expect(await left('loginPerAccount', '["default","alice",""]')).toBe(2);
  });

  test('that is right after its window is over gives nothing back to the next', async () => {
    const { guessing, clock } = setUp();
    const slow = [await guessing.login(ALICE), await guessing.login(ALICE)];
    clock.advance(60_000);
    for (let n = 0; n < 3; n++) await guessing.login(ALICE);
    for (const call of slow) await call.succeeded();
    await expect(guessing.login(ALICE)).rejects.toMatchObject(OVER);
  });

  test('that is said to be right twice is given back once', async () => {
    const { guessing, left } = setUp();
    await guessing.login(ALICE);
    const right = await guessing.login(ALICE);
    await right.succeeded();
    await right.succeeded();
    expect(await left('loginPerAddress', ALICE.address)).toBe(4);
  });

  test('from elsewhere does not shut the owner out on a device that the account knows', async () => {
    const { guessing } = setUp();
    const owner = { ...ALICE, address: '192.0.2.9', knownDevice: 'a-hash' };
    for (let n = 0; n < 3; n++) await guessing.login(ALICE);
    await expect(guessing.login({ ...ALICE, address: '192.0.2.8' })).rejects.toMatchObject(OVER);
    for (let n = 0; n < 3; n++) await guessing.login(owner);
    await expect(guessing.login(owner)).rejects.toMatchObject(OVER);
    await expect(guessing.login({ ...owner, knownDevice: 'another' })).resolves.toBeDefined();
  });

  test('takes no account for another, whatever is in its name', async () => {
    const { guessing } = setUp();
    const names = [
      ['default', 'a","b'],
      ['default","a', 'b'],
      ['default', 'a', 'b'],
      ['defaulta', 'b'],
    ] as const;
    for (const [appId, nameKey, knownDevice = ''] of names) {
      for (const last of [1, 2, 3]) {
        const login = guessing.login({ appId, nameKey, knownDevice, address: `192.0.2.${last}` });
        await expect(login).resolves.toBeDefined();
      }
    }
  });

  test('of second factors, step-ups, registrations and recoveries is counted apart', async () => {
    const one = { attempts: 1, perSeconds: 60 };
    const { guessing } = setUp({
      enabled: true,
      ...{ loginPerAccount: one, loginPerAddress: one, registerPerAddress: one },
      ...{ secondFactorPerAccount: one, stepUpPerAccount: one, recoveryPerAccount: one },
      ...{ recoveryPerAddress: one, appSecretPerAddress: one },
      ...{ sessionPerAccount: one, exchangePerAccount: one },
      ...{ secondFactorPerAddress: one, stepUpPerAddress: one, passkeyPerAddress: one },
    });
    const account = { ...ALICE, accountId: 'alice' };
    const calls = [
      () => guessing.login(ALICE),
      () => guessing.register(ALICE.address),
      () => guessing.secondFactor(account),
      () => guessing.stepUp(account),
      () => guessing.passkeyStart(ALICE.address),
      () => guessing.recoveryStart(ALICE),
      () => guessing.wrongSecret(ALICE.address),
    ];
    for (const call of calls) await call();
    for (const call of calls) await expect(call()).rejects.toMatchObject(OVER);
  });

  test('of recovery codes counts with the recoveries begun from the address', async () => {
    const { guessing } = setUp();
    await guessing.recoveryStart(ALICE);
    await guessing.recoveryComplete(ALICE.address);
    await guessing.recoveryComplete(ALICE.address);
    await expect(guessing.recoveryComplete(ALICE.address)).rejects.toMatchObject(OVER);
    const other = { ...ALICE, nameKey: 'bob' };
    await expect(guessing.recoveryStart(other)).rejects.toMatchObject(OVER);
  });

  test('is not limited where the limits are off, and nothing is asked', async () => {
    const { guessing, limiter } = setUp({ ...LIMITS, enabled: false });
    limiter.broken = 'take';
    for (let n = 0; n < 20; n++) {
      await (await guessing.login(ALICE)).succeeded();
      await guessing.wrongSecret(ALICE.address);
    }
    expect(limiter.size).toBe(0);
  });
});

describe('while tries can not be counted', () => {
  test('they are refused', async () => {
    const { guessing, limiter } = setUp();
    limiter.broken = 'take';
    const out = { code: 'limiter_unavailable' };
    await expect(guessing.login(ALICE)).rejects.toMatchObject(out);
    await expect(guessing.recoveryComplete(ALICE.address)).rejects.toMatchObject(out);
  });

  test('for the account only, the address gets its try back', async () => {
    const limiter = new (class extends MemoryGuessLimiter {
      override take(limit: GuessLimit, key: string): Promise<GuessCount> {
        return limit.name === 'loginPerAccount' ? unavailable() : super.take(limit, key);
      }
    })(new ManualClock());
    const guessing = new Guessing(limiter, LIMITS);
    for (let n = 0; n < 10; n++) {
      await expect(guessing.login(ALICE)).rejects.toMatchObject({ code: 'limiter_unavailable' });
    }
    const limit = { name: 'loginPerAddress', ...LIMITS.loginPerAddress };
    expect(await limiter.take(limit, ALICE.address)).toMatchObject({ remaining: 4 });
  });

  test('what was right stays right: it is counted until the window ends', async () => {
    const { guessing, limiter, left } = setUp();
    const right = await guessing.login(ALICE);
    limiter.broken = 'giveBack';
    await right.succeeded();
    limiter.broken = undefined;
    expect(await left('loginPerAddress', ALICE.address)).toBe(4);
  });

  test('a refused call is refused for its limit', async () => {
    const { guessing, limiter } = setUp();
    for (let n = 0; n < 3; n++) await guessing.login(ALICE);
    limiter.broken = 'giveBack';
    await expect(guessing.login(ALICE)).rejects.toMatchObject(OVER);
  });
});

describe('wrong secrets', () => {
  test('are refused for their number when there were too many from one address', async () => {
    const { guessing, clock } = setUp();
    for (let n = 0; n < 3; n++) await guessing.wrongSecret(ALICE.address);
    await expect(guessing.wrongSecret(ALICE.address)).rejects.toMatchObject({
      code: 'rate_limited',
      retryAfterSeconds: 60,
    });
    await guessing.wrongSecret('192.0.2.2');
    clock.advance(60_000);
    await expect(guessing.wrongSecret(ALICE.address)).resolves.toBeUndefined();
  });

  test('are simply wrong where they can not be counted', async () => {
    const { guessing, limiter } = setUp();
    limiter.broken = 'take';
    for (let n = 0; n < 20; n++) {
      await expect(guessing.wrongSecret(ALICE.address)).resolves.toBeUndefined();
    }
  });
});
