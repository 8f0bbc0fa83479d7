import type { Kysely } from 'kysely';
import type pg from 'pg';
import { type AccountEntry, AccountLedger } from '../../../ports/account-ledger.port.js';
import type { AccountName, AccountRecord, AccountRef } from '../../../ports/account-record.js';
import { accountNamed, accountPage, accountsWithEmail } from '../account-queries.js';
import { decodeAccount } from '../account-row.js';
import type { LedgerSchema } from '../schema.js';
import { READ_ACCOUNTS } from './account-statements.js';
import { textArray } from './binary-array.js';
import { askingPostgres } from './postgres-errors.js';

/** Business accounts in PostgreSQL. */
export class PostgresAccountLedger extends AccountLedger {
  constructor(
    private readonly pool: pg.Pool,
    private readonly db: Kysely<LedgerSchema>,
  ) {
    super();
  }

  override read(accounts: readonly AccountRef[]): Promise<readonly (AccountRecord | undefined)[]> {
    return askingPostgres(async () => {
      const { rows } = await this.pool.query<{ ordinal: number; record: string }>(READ_ACCOUNTS, [
        textArray(accounts.map(({ appId }) => appId)),
        textArray(accounts.map(({ accountId }) => accountId)),
      ]);
      const found = new Array<AccountRecord | undefined>(accounts.length).fill(undefined);
      for (const { ordinal, record } of rows) found[ordinal - 1] = decodeAccount(record);
      return found;
    });
  }

  override find(appId: string, name: AccountName): Promise<AccountEntry | undefined> {
    return askingPostgres(() => accountNamed(this.db, appId, name));
  }

  override withEmail(
    appId: string,
    emailKey: string,
    limit: number,
  ): Promise<readonly AccountEntry[]> {
    return askingPostgres(() => accountsWithEmail(this.db, appId, emailKey, limit));
  }

  override page(appId: string, after: string, limit: number): Promise<readonly AccountEntry[]> {
    return askingPostgres(() => accountPage(this.db, appId, after, limit));
  }
}
