import {
  openSqliteLedger,
  type SqliteLedger,
  type SqliteLedgerOptions,
} from '../../src/stores/sql/sqlite/sqlite-ledger.js';

/** The embedded ledger in a file, as a broker opens it. */
export function openTestLedger(
  path: string,
  options: Partial<SqliteLedgerOptions> = {},
): Promise<SqliteLedger> {
  return openSqliteLedger(path, { report: () => undefined, ...options });
}
