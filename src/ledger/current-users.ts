import type { Clock } from '../common/clock.js';
import { BrokerError } from '../common/errors.js';
import type { CopyPlace, LiveCopies, OwnCopies } from '../ports/live-copies.port.js';
import { type UserCopy, userKey, type UserRef } from '../ports/user-record.js';
import type { FeedWindow } from './belief.js';
import type { ColdReader } from './cold-reader.js';
import type { LedgerTrust } from './ledger-trust.js';

/** A user who is asked for again and again: it remembers where their copy was found. */
export class FrequentUser implements UserRef {
  place: CopyPlace | undefined;

  constructor(
    readonly appId: string,
    readonly userId: string,
  ) {}
}

/**
 * The users as they are now, as far as a check must know: from the broker's own copies, else from
 * the copies shared with other brokers, else from the ledger. Only copies that are believed count
 * (see {@link FeedWindow}).
 */
export class CurrentUsers {
  constructor(
    private readonly own: OwnCopies,
    private readonly shared: LiveCopies | undefined,
    private readonly reader: ColdReader,
    private readonly window: FeedWindow,
    private readonly trust: LedgerTrust,
    private readonly clock: Clock,
  ) {}

  /**
   * The broker's own copy, if it is at most a second behind the ledger and has at least the version
   * asked for: the quick way, which costs one look-up where the user's place is known.
   */
  atHand(user: FrequentUser, atLeast: number): UserCopy | undefined {
    if (user.place?.copy === undefined) user.place = this.own.place(userKey(user));
    const { key, copy } = user.place ?? NOWHERE;
    return copy !== undefined && this.#answers(copy, atLeast, key) ? copy : undefined;
  }

  /**
   * For when the own copy isn't {@link atHand}: one that is at most a second behind the ledger and,
   * unless it was just read from there, has at least the version asked for. Throws
   * `ledger_unavailable` when it takes the ledger to know.
   */
  async lookUp(user: FrequentUser, atLeast: number): Promise<UserCopy> {
    const shared = await this.#fromShared(user);
    if (shared !== undefined && this.#answers(shared, atLeast)) {
      await this.own.put([shared]);
      return shared;
    }
    return this.#fromLedger(user, [await this.own.get(user), shared], atLeast);
  }

  #answers(copy: UserCopy, atLeast: number, key?: string): boolean {
    return (
      copy.version >= atLeast &&
      this.window.disbelief(copy, this.clock.monotonicMs(), key) === undefined
    );
  }

  async #fromShared(user: UserRef): Promise<UserCopy | undefined> {
    try {
      return await this.shared?.get(user);
    } catch {
      // Live state promises nothing; the ledger knows.
      return undefined;
    }
  }

  async #fromLedger(
    user: UserRef,
    copies: readonly (UserCopy | undefined)[],
    atLeast: number,
  ): Promise<UserCopy> {
    // Known to be out: what was believed when it went answers without another try.
    const inGrace = this.#fromGrace(copies, atLeast);
    if (inGrace !== undefined) return inGrace;
    try {
      return await this.reader.read(user);
    } catch (error) {
      const last = isOutage(error) ? this.#fromGrace(copies, atLeast) : undefined;
      if (last !== undefined) return last;
      throw error;
    }
  }

  /** A copy that was believed when the ledger went, while that is within the grace. */
  #fromGrace(copies: readonly (UserCopy | undefined)[], atLeast: number): UserCopy | undefined {
    if (!this.trust.isWithinGrace()) return undefined;
    return copies.find(
      (copy) =>
        copy !== undefined &&
        copy.version >= atLeast &&
        this.window.contradiction(copy) === undefined,
    );
  }
}

const NOWHERE: CopyPlace = { key: '', copy: undefined };

function isOutage(error: unknown): boolean {
  return error instanceof BrokerError && error.code === 'ledger_unavailable';
}
