import type { Kysely } from 'kysely';
import type { AccountName } from '../../ports/account-record.js';
import type { AccountEntry } from '../../ports/account-ledger.port.js';
import { decodeAccount } from './account-row.js';
import type { LedgerSchema } from './schema.js';

/** What is asked of accounts seldom enough to be the same on both engines. */

export async function accountNamed(
  db: Kysely<LedgerSchema>,
  appId: string,
  name: AccountName,
): Promise<AccountEntry | undefined> {
  const row = await db
    .selectFrom('business_names as n')
    .innerJoin('business_accounts as a', (join) =>
      join.onRef('a.app_id', '=', 'n.app_id').onRef('a.account_id', '=', 'n.account_id'),
    )
    .select(['a.account_id', 'a.record'])
    .where('n.app_id', '=', appId)
    .where('n.name', '=', name)
    .executeTakeFirst();
  return row === undefined ? undefined : toEntry(row);
}

export async function accountsWithEmail(
  db: Kysely<LedgerSchema>,
  appId: string,
  emailKey: string,
  limit: number,
): Promise<readonly AccountEntry[]> {
  if (emailKey === '') return [];
  const rows = await db
    .selectFrom('business_accounts')
    .select(['account_id', 'record'])
    .where('app_id', '=', appId)
    .where('email_key', '=', emailKey)
    .execute();
  return rows
    .map(toEntry)
    .toSorted((a, b) => a.record.createdAt - b.record.createdAt)
    .slice(0, limit);
}

export async function accountPage(
  db: Kysely<LedgerSchema>,
  appId: string,
  after: string,
  limit: number,
): Promise<readonly AccountEntry[]> {
  const rows = await db
    .selectFrom('business_accounts')
    .select(['account_id', 'record'])
    .where('app_id', '=', appId)
    .where('account_id', '>', after)
    .orderBy('account_id')
    .limit(limit)
    .execute();
  return rows.map(toEntry);
}

function toEntry({ account_id, record }: { account_id: string; record: string }): AccountEntry {
  return { accountId: account_id, record: decodeAccount(record) };
}
