import { BrokerError } from '../../common/errors.js';
import type { Config } from '../../config/config.js';
import type { AccountRef } from '../../ports/account-record.js';
import type { GuessCount, GuessLimit, GuessLimiter } from '../../ports/guess-limiter.port.js';

type LimitName = Exclude<keyof Config['rateLimits'], 'enabled'>;

/** A call whose tries were counted. */
export interface LimitedCall {
  /**
   * It was no guess: the tries that it took are given back, once. Never throws; a try that can't be
   * given back stays counted.
   */
  succeeded(): Promise<void>;
  /**
   * What looking at the guess comes to. Where it comes to no verdict, because something is out or
   * overloaded, nothing was guessed: the tries are given back, or a crowd would shut owners out.
   */
  judge<T>(look: () => Promise<T>): Promise<T>;
}

/** Who tries to be let in, and from where. */
export interface NamedTry {
  readonly appId: string;
  /** The name in its normal form, whether it is anybody's or not. */
  readonly nameKey: string;
  /** As `callerAddress` has it. */
  readonly address: string;
}

export interface LoginTry extends NamedTry {
  /** Hash of a device that has logged in to the account before; empty: none. */
  readonly knownDevice: string;
}

/** Who tries to prove something more of an account that is known already. */
export interface AccountTry extends AccountRef {
  readonly address: string;
  readonly knownDevice: string;
}

interface Wanted {
  readonly name: LimitName;
  readonly key: string;
}

interface Taken {
  readonly count: GuessCount;
  readonly key: string;
}

/**
 * Limits guessing: per account, whether it exists or not, and per address.
 *
 * A try is counted before it is made, and given back when it was right: so concurrent tries are
 * counted, too. From a device that the account knows they are counted apart, so whoever floods an
 * account from elsewhere does not shut its owner out there. A device is known by the id that it
 * says, so this helps where ids can't be guessed.
 *
 * Errors of all: `rate_limited`; `limiter_unavailable` where tries can't be counted, so that then
 * none is made. With `rateLimits.enabled` false nothing is asked and nothing refused.
 */
export class Guessing {
  constructor(
    private readonly limiter: GuessLimiter,
    private readonly limits: Config['rateLimits'],
  ) {}

  /** A password for an account. */
  login(asked: LoginTry): Promise<LimitedCall> {
    const { appId, nameKey, address, knownDevice } = asked;
    const account = { name: 'loginPerAccount', key: keyOf(appId, nameKey, knownDevice) } as const;
    return this.#take([{ name: 'loginPerAddress', key: address }, account]);
  }

  /** A registration; it counts whatever comes of it. */
  register(address: string): Promise<LimitedCall> {
    return this.#take([{ name: 'registerPerAddress', key: address }]);
  }

  /** A code or a passkey as the second step of a login, or a code that confirms an app. */
  secondFactor(asked: AccountTry): Promise<LimitedCall> {
    const account = { name: 'secondFactorPerAccount', key: accountKey(asked) } as const;
    return this.#take([{ name: 'secondFactorPerAddress', key: asked.address }, account]);
  }

  /** A proof within a session: a step-up, or the current password for a new one. */
  stepUp(asked: AccountTry): Promise<LimitedCall> {
    const account = { name: 'stepUpPerAccount', key: accountKey(asked) } as const;
    return this.#take([{ name: 'stepUpPerAddress', key: asked.address }, account]);
  }

  /** A challenge for a passkey; it counts whatever comes of it. */
  passkeyStart(address: string): Promise<LimitedCall> {
    return this.#take([{ name: 'passkeyPerAddress', key: address }]);
  }

  /** A passkey instead of a name and a password: whose, is not known yet. */
  passkeyLogin(address: string): Promise<LimitedCall> {
    return this.#take([{ name: 'loginPerAddress', key: address }]);
  }

  /** A recovery that is begun; it counts whatever comes of it. */
  recoveryStart({ appId, nameKey, address }: NamedTry): Promise<LimitedCall> {
    const account = { name: 'recoveryPerAccount', key: keyOf(appId, nameKey) } as const;
    return this.#take([{ name: 'recoveryPerAddress', key: address }, account]);
  }

  /** A recovery code; it counts whatever comes of it. */
  recoveryComplete(address: string): Promise<LimitedCall> {
    return this.#take([{ name: 'recoveryPerAddress', key: address }]);
  }

  /** A session that is opened; it counts whatever comes of it, for each is kept and put on record. */
  session(account: AccountRef): Promise<LimitedCall> {
    return this.#take([{ name: 'sessionPerAccount', key: refKey(account) }]);
  }

  /**
   * A user token for an account, which guesses nothing: where it can't be counted it is not refused,
   * so that whoever is logged in goes on. Throws `rate_limited`.
   */
  async exchange(account: AccountRef): Promise<void> {
    await this.#take([{ name: 'exchangePerAccount', key: refKey(account) }]).catch(unlessOut);
  }

  /**
   * An app's or a client's secret was wrong. A right one is never counted and never refused, so this
   * is said afterwards, and where it can't be counted nothing is lost: it is refused all the same.
   * Throws `rate_limited` when there were too many.
   */
  async wrongSecret(address: string): Promise<void> {
    await this.#take([{ name: 'appSecretPerAddress', key: address }]).catch(unlessOut);
  }

  /**
   * Takes one try of each, in order: the address first, so that one that is refused there costs the
   * account nothing. What a refused call took before is given back, for no guess was made.
   */
  async #take(tries: readonly Wanted[]): Promise<LimitedCall> {
    if (!this.limits.enabled) return UNLIMITED;
    const taken: Taken[] = [];
    for (const { name, key } of tries) {
      const count = await this.#takeOrGiveBack(this.#limit(name), key, taken);
      if (!count.allowed) {
        await this.#giveBack(taken);
        throw over(count);
      }
      taken.push({ count, key });
    }
    const giveBack = () => this.#giveBack(taken.splice(0));
    return {
      succeeded: giveBack,
      judge: async (look) => {
        try {
          return await look();
        } catch (error) {
          if (!isVerdict(error)) await giveBack();
          throw error;
        }
      },
    };
  }

  async #takeOrGiveBack(
    limit: GuessLimit,
    key: string,
    taken: readonly Taken[],
  ): Promise<GuessCount> {
    try {
      return await this.limiter.take(limit, key);
    } catch (error) {
      await this.#giveBack(taken);
      throw error;
    }
  }

  async #giveBack(taken: readonly Taken[]): Promise<void> {
    const given = taken.map(({ count, key }) => this.limiter.giveBack(count, key));
    await Promise.allSettled(given);
  }

  #limit(name: LimitName): GuessLimit {
    return { name, ...this.limits[name] };
  }
}

const UNLIMITED: LimitedCall = {
  succeeded: () => Promise.resolve(),
  judge: (look) => look(),
};

const NO_VERDICTS: ReadonlySet<string> = new Set([
  ...['overloaded', 'ledger_unavailable', 'limiter_unavailable', 'internal'],
]);

function isVerdict(error: unknown): boolean {
  return error instanceof BrokerError && !NO_VERDICTS.has(error.code);
}

function refKey({ appId, accountId }: AccountRef): string {
  return keyOf(appId, accountId);
}

function accountKey({ appId, accountId, knownDevice }: AccountTry): string {
  return keyOf(appId, accountId, knownDevice);
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
