import type { AccountLedger } from '../ports/account-ledger.port.js';
import type { AccountRecord, AccountRef } from '../ports/account-record.js';

/** Accounts in one statement, and statements in flight, at most. */
const MAX_BATCH = 256;
const MAX_IN_FLIGHT = 2;

interface Waiting {
  readonly account: AccountRef;
  readonly resolve: (record: AccountRecord | undefined) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Reads accounts from the ledger, many in one statement: what comes while statements are in flight
 * goes together in the next. No copy is kept, so what is read is what was committed.
 */
export class AccountReader {
  #waiting: Waiting[] = [];
  #inFlight = 0;

  constructor(private readonly ledger: AccountLedger) {}

  /** The account as of after this call. Throws `ledger_unavailable`. */
  read(account: AccountRef): Promise<AccountRecord | undefined> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ account, resolve, reject });
      if (this.#waiting.length === 1) setImmediate(() => this.#serve());
    });
  }

  #serve(): void {
    while (this.#inFlight < MAX_IN_FLIGHT && this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, MAX_BATCH);
      this.#inFlight += 1;
      void this.#read(batch).finally(() => {
        this.#inFlight -= 1;
        this.#serve();
      });
    }
  }

  async #read(batch: readonly Waiting[]): Promise<void> {
    try {
      const records = await this.ledger.read(batch.map(({ account }) => account));
      for (const [index, { resolve }] of batch.entries()) resolve(records[index]);
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }
}
