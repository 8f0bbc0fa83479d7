import { BrokerError } from '../common/errors.js';
import type { LiveCopies } from '../ports/live-copies.port.js';
import type { UserLedger, UserReading } from '../ports/user-ledger.port.js';
import { type UserCopy, userKey, type UserRef } from '../ports/user-record.js';
import { copyOf } from './user-copy.js';

/** Users per reading. */
const MAX_BATCH = 256;
/** Readings in flight at once. */
const MAX_IN_FLIGHT = 2;
/** Users waiting before more are turned away: what the ledger reads in a few seconds. */
const MAX_WAITING = 50_000;

interface Wanted {
  readonly user: UserRef;
  readonly resolve: (copy: UserCopy) => void;
  readonly reject: (error: unknown) => void;
  readonly promise: Promise<UserCopy>;
}

/**
 * Reads users from the ledger for checks that find no copy to believe: many at once, each only
 * once, a few readings at a time, so that a stampede of cold users is a queue and not a flood.
 * What was read is put into every store of copies.
 */
export class ColdReader {
  readonly #waiting = new Map<string, Wanted>();
  #inFlight = 0;
  #scheduled = false;

  constructor(
    private readonly ledger: UserLedger,
    private readonly stores: readonly LiveCopies[],
  ) {}

  /**
   * The user as a reading that begins after this call finds it; only readings that have not begun
   * are shared. Throws `ledger_unavailable`, or `overloaded` when too many wait.
   */
  read(user: UserRef): Promise<UserCopy> {
    const key = userKey(user);
    const waiting = this.#waiting.get(key);
    if (waiting !== undefined) return waiting.promise;
    if (this.#waiting.size >= MAX_WAITING) {
      return Promise.reject(new BrokerError('overloaded', 'too many users wait to be read'));
    }
    const { promise, resolve, reject } = Promise.withResolvers<UserCopy>();
    this.#waiting.set(key, { user, resolve, reject, promise });
    this.#schedule();
    return promise;
  }

  #schedule(): void {
    if (this.#scheduled || this.#inFlight >= MAX_IN_FLIGHT) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#begin();
    });
  }

  #begin(): void {
    while (this.#waiting.size > 0 && this.#inFlight < MAX_IN_FLIGHT) {
      const batch: Wanted[] = [];
      for (const [key, wanted] of this.#waiting) {
        this.#waiting.delete(key);
        if (batch.push(wanted) === MAX_BATCH) break;
      }
      this.#inFlight += 1;
      void this.#readBatch(batch).finally(() => {
        this.#inFlight -= 1;
        if (this.#waiting.size > 0) this.#schedule();
      });
    }
  }

  async #readBatch(batch: readonly Wanted[]): Promise<void> {
    let reading: UserReading;
    try {
      reading = await this.ledger.read(batch.map(({ user }) => user));
    } catch (error) {
      for (const { reject } of batch) reject(error);
      return;
    }
    const copies = batch.map(({ user }, index) =>
      copyOf(user, reading.users[index]?.record, reading),
    );
    for (const store of this.stores) store.put(copies).catch(() => undefined);
    for (const [index, { resolve }] of batch.entries()) resolve(copies[index] as UserCopy);
  }
}
