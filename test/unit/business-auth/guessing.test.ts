import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Guessing } from '../../../src/business-auth/guessing/guessing.js';
import { callerAddress } from '../../../src/api/caller-address.js';
import { MemoryGuessLimiter } from '../../../src/stores/memory/memory-guess-limiter.js';
import { ManualClock } from '../../support/manual-clock.js';
import { load } from '../config/given-sources.js';
import { BrokerError } from '../../../src/common/errors.js';

const { rateLimits } = load();
const LOGIN = { appId: 'default', nameKey: 'alice', address: '192.0.2.1' };

function guessing(changes: object = {}) {
  const clock = new ManualClock();
  return {
    clock,
    tries: new Guessing(new MemoryGuessLimiter(clock), { ...rateLimits, ...changes }),
  };
}

/** How many of so many wrong tries are let through. */
async function failing(count: number, attempt: () => Promise<unknown>): Promise<number> {
  let through = 0;
  for (let index = 0; index < count; index += 1) {
    through += await attempt().then(
      () => 1,
      (error: unknown) => {
        expect(error).toMatchObject({ code: 'rate_limited' });
        return 0;
      },
    );
  }
  return through;
}

describe('logins', () => {
  it('of one account are limited, wherever they come from', async () => {
    const { tries } = guessing();
    let address = 0;
    const attempt = () => tries.login({ ...LOGIN, address: `192.0.2.${(address += 1)}` });
    expect(await failing(30, attempt)).toBe(rateLimits.loginPerAccount.attempts);
  });

  it('from one address are limited, whatever the account', async () => {
    const { tries } = guessing();
    let name = 0;
    const attempt = () => tries.login({ ...LOGIN, nameKey: `name-${(name += 1)}` });
    expect(await failing(130, attempt)).toBe(rateLimits.loginPerAddress.attempts);
  });

  it('a flood shuts no owner out of a device that the account knows', async () => {
    const { tries } = guessing();
    let address = 0;
    const flood = () => tries.login({ ...LOGIN, address: `198.51.100.${(address += 1)}` });
    await failing(50, flood);
    const own = await tries.login({ ...LOGIN, knownDevice: 'hash' });
    await own.succeeded();
    // Nor is the device a way around the limit.
    const device = () => tries.login({ ...LOGIN, knownDevice: 'hash' });
    expect(await failing(30, device)).toBe(rateLimits.loginPerAccount.attempts);
  });

  it('that are right take nothing', async () => {
    const { tries } = guessing();
    for (let index = 0; index < 500; index += 1) await (await tries.login(LOGIN)).succeeded();
    expect(await failing(30, () => tries.login(LOGIN))).toBe(rateLimits.loginPerAccount.attempts);
  });

  it('that are refused for the account take nothing from the address', async () => {
    const { tries } = guessing();
    await failing(500, () => tries.login(LOGIN));
    let name = 0;
    const others = () => tries.login({ ...LOGIN, nameKey: `name-${(name += 1)}` });
    const left = rateLimits.loginPerAddress.attempts - rateLimits.loginPerAccount.attempts;
    expect(await failing(130, others)).toBe(left);
  });

  it('over the limit say for how long, and by which limit', async () => {
    const { tries } = guessing();
    await failing(10, () => tries.login(LOGIN));
    const error: unknown = await tries.login(LOGIN).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(BrokerError);
    expect(error).toMatchObject({
      code: 'rate_limited',
      retryAfterSeconds: 900,
      rateLimit: {
        limit: { name: 'loginPerAccount', attempts: 10, perSeconds: 900 },
        remaining: 0,
        resetSeconds: 900,
      },
    });
  });

  it('never more wrong ones get through than the limit, whatever right ones come between', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.boolean(), { maxLength: 80 }), async (rights) => {
        const { tries } = guessing();
        let wrong = 0;
        for (const isRight of rights) {
          const call = await tries.login(LOGIN).catch(() => undefined);
          if (call === undefined) continue;
          if (isRight) await call.succeeded();
          else wrong += 1;
        }
        expect(wrong).toBeLessThanOrEqual(rateLimits.loginPerAccount.attempts);
      }),
      { numRuns: 50 },
    );
  });
});

it('the other tries have limits of their own', async () => {
  const account = { appId: 'default', accountId: 'usr_1' };
  const { tries } = guessing();
  expect(await failing(30, () => tries.secondFactor(account))).toBe(10);
  expect(await failing(30, () => tries.stepUp(account))).toBe(10);
  expect(await failing(80, () => tries.register('192.0.2.1'))).toBe(60);
  expect(await failing(30, () => tries.recoveryStart(LOGIN))).toBe(5);
  // Beginning and trying codes share what one address may.
  expect(await failing(50, () => tries.recoveryComplete(LOGIN.address))).toBe(25);
});

it('an app’s account is not another’s, and names don’t run into each other', async () => {
  const { tries } = guessing();
  await failing(10, () => tries.login({ ...LOGIN, appId: 'a', nameKey: 'b","c' }));
  await tries.login({ ...LOGIN, appId: 'a","b', nameKey: 'c' });
  await tries.login({ ...LOGIN, appId: 'b' });
  expect(await failing(11, () => tries.login({ ...LOGIN, appId: 'c' }))).toBe(10);
});

it('nothing is counted where limits are off', async () => {
  const { tries } = guessing({ enabled: false });
  expect(await failing(1000, () => tries.login(LOGIN))).toBe(1000);
});

describe('a caller’s address', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:0db8:0001:0002::1', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ])('%s is counted as %s', (ip, counted) => {
    expect(callerAddress({ ip })).toBe(counted);
  });
});
