import { BrokerError } from '../../common/errors.js';
import type { Config } from '../../config/config.js';
import type { AccountRef } from '../../ports/account-record.js';
import type { GuessCount, GuessLimit, GuessLimiter } from '../../ports/guess-limiter.port.js';

type LimitName = Exclude<keyof Config['rateLimits'], 'enabled'>;

/** A call whose tries were counted. */
export interface LimitedCall {
  /**
   * It was no guess: the tries that it took are given back, once however often this is said. Where
   * they can't be, they stay counted until their window ends; what was right stays right.
   */
  succeeded(): Promise<void>;
}

export interface LoginTry {
  readonly appId: string;
  readonly nameKey: string;
  readonly address: string;
  /** Hash of a device that has logged in to the account before. */
  readonly knownDevice?: string;
}

export interface RecoveryTry {
  readonly appId: string;
  readonly nameKey: string;
  readonly address: string;
}

type Taken = readonly (readonly [LimitName, string])[];

/**
 * Limits guessing: per account, whether it exists or not, and per address. Where tries can't be
 * counted they are refused.
 *
 * A try is counted before it is made and given back when it was right, so concurrent tries are
 * counted, too. From a device that the account knows they are counted apart: whoever floods an
 * account from elsewhere does not shut its owner out there.
 */
export class Guessing {
  constructor(
    private readonly limiter: GuessLimiter,
    private readonly limits: Config['rateLimits'],
  ) {}

  login({ appId, nameKey, address, knownDevice = '' }: LoginTry): Promise<LimitedCall> {
    const account = keyOf(appId, nameKey, knownDevice);
    return this.#take([
      ['loginPerAddress', address],
      ['loginPerAccount', account],
    ]);
  }

  register(address: string): Promise<LimitedCall> {
    return this.#take([['registerPerAddress', address]]);
  }

  secondFactor({ appId, accountId }: AccountRef): Promise<LimitedCall> {
    return this.#take([['secondFactorPerAccount', keyOf(appId, accountId)]]);
  }

  stepUp({ appId, accountId }: AccountRef): Promise<LimitedCall> {
    return this.#take([['stepUpPerAccount', keyOf(appId, accountId)]]);
  }

  recoveryStart({ appId, nameKey, address }: RecoveryTry): Promise<LimitedCall> {
    return this.#take([
      ['recoveryPerAddress', address],
      ['recoveryPerAccount', keyOf(appId, nameKey)],
    ]);
  }

  recoveryComplete(address: string): Promise<LimitedCall> {
    return this.#take([['recoveryPerAddress', address]]);
  }

  /**
   * An app's or a client's secret was wrong. A right one is never counted and never refused, so this
   * is said afterwards, and where it can't be counted nothing is lost: it is refused all the same.
   * Throws `rate_limited` when there were too many.
   */
  async wrongSecret(address: string): Promise<void> {
    await this.#take([['appSecretPerAddress', address]]).catch(unlessOut);
  }

  /** Takes one try of each; what a refused call took before is given back. */
  async #take(tries: Taken): Promise<LimitedCall> {
    if (!this.limits.enabled) return { succeeded: () => Promise.resolve() };
    const taken: (readonly [LimitName, string])[] = [];
    try {
      for (const [name, key] of tries) {
        const count = await this.limiter.take(this.#limit(name), key);
        if (!count.allowed) throw over(count);
        taken.push([name, key]);
      }
    } catch (error) {
      await this.#giveBack(taken).catch(unlessOut);
      throw error;
    }
    return { succeeded: () => this.#giveBack(taken.splice(0)).catch(unlessOut) };
  }

  async #giveBack(taken: Taken): Promise<void> {
    const given = taken.map(([name, key]) => this.limiter.giveBack(this.#limit(name), key));
    await Promise.all(given);
  }

  #limit(name: LimitName): GuessLimit {
    return { name, ...this.limits[name] };
  }
}

/** Unambiguous whatever the parts hold. */
function keyOf(...parts: readonly string[]): string {
  return JSON.stringify(parts);
}

/** For what is refused, or right, whether it could be counted or not. */
function unlessOut(error: unknown): void {
  if (!(error instanceof BrokerError) || error.code !== 'limiter_unavailable') throw error;
}

function over({ limit, remaining, resetSeconds }: GuessCount): BrokerError {
  return new BrokerError('rate_limited', `too many tries; try again in ${resetSeconds} seconds`, {
    retryAfterSeconds: resetSeconds,
    rateLimit: { limit, remaining, resetSeconds },
  });
}
