import type { AccountName, AccountRecord, AccountRef } from './account-record.js';

export interface AccountEntry {
  readonly accountId: string;
  readonly record: AccountRecord;
}

/**
 * Business accounts, for reading. They are changed in the user transaction (`UserLedger.change`),
 * because what ends a business session ends the IM sessions born from it in the same one.
 *
 * Failure: throws `BrokerError('ledger_unavailable')`.
 */
export abstract class AccountLedger {
  /** The accounts as they are now, in one statement; one for each that was asked for, in order. */
  abstract read(accounts: readonly AccountRef[]): Promise<readonly (AccountRecord | undefined)[]>;

  /** The account that a name leads to. */
  abstract find(appId: string, name: AccountName): Promise<AccountEntry | undefined>;

  /** The accounts with this address (`emailKey`), the oldest first, at most `limit`. */
  abstract withEmail(
    appId: string,
    emailKey: string,
    limit: number,
  ): Promise<readonly AccountEntry[]>;

  /** Accounts of an app in the order of their ids, from behind `after` on: at most `limit`. */
  abstract page(appId: string, after: string, limit: number): Promise<readonly AccountEntry[]>;
}
