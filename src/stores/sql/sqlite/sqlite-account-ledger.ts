import type { StatementSync } from 'node:sqlite';
import type { Kysely } from 'kysely';
import { type AccountEntry, AccountLedger } from '../../../ports/account-ledger.port.js';
import type { AccountName, AccountRecord, AccountRef } from '../../../ports/account-record.js';
import { accountNamed, accountPage, accountsWithEmail } from '../account-queries.js';
import { decodeAccount } from '../account-row.js';
import type { LedgerSchema } from '../schema.js';
import { askingSqlite, awaitingSqlite } from './sqlite-errors.js';
import type { SqliteLedger } from './sqlite-ledger.js';
import { ACCOUNT } from './user-statements.js';

/** Business accounts in SQLite. */
export class SqliteAccountLedger extends AccountLedger {
  readonly #db: Kysely<LedgerSchema>;
  readonly #account: StatementSync;

  constructor({ connection, db }: SqliteLedger) {
    super();
    this.#db = db;
    this.#account = connection.prepare(ACCOUNT);
  }

  override async read(
    accounts: readonly AccountRef[],
  ): Promise<readonly (AccountRecord | undefined)[]> {
    return askingSqlite(() =>
      accounts.map(({ appId, accountId }) => {
        const row = this.#account.get(appId, accountId) as { record: string } | undefined;
        return row === undefined ? undefined : decodeAccount(row.record);
      }),
    );
  }

  override find(appId: string, name: AccountName): Promise<AccountEntry | undefined> {
    return awaitingSqlite(() => accountNamed(this.#db, appId, name));
  }

  override withEmail(
    appId: string,
    emailKey: string,
    limit: number,
  ): Promise<readonly AccountEntry[]> {
    return awaitingSqlite(() => accountsWithEmail(this.#db, appId, emailKey, limit));
  }

  override page(appId: string, after: string, limit: number): Promise<readonly AccountEntry[]> {
    return awaitingSqlite(() => accountPage(this.#db, appId, after, limit));
  }
}
