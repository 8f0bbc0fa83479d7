import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import { Client } from 'pg';
import type { Fleet } from './broker-fleet.js';

type Row = Readonly<Record<string, unknown>>;

/** Changes rows of an installation's ledger behind the backs of its brokers. */
export async function changeLedgerRows(fleet: Fleet, statement: string): Promise<void> {
  if (fleet.settings['DATABASE_URL'] !== undefined) {
    await ledgerRows(fleet, statement);
    return;
  }
  const path = join(fleet.dataDirectory, 'ledger.sqlite');
  const ledger = new DatabaseSync(path, { timeout: 5000 });
  ledger.exec(statement);
  ledger.close();
}

/** What the ledger of an installation answers to a query, asked beside its brokers. */
export async function ledgerRows(fleet: Fleet, query: string): Promise<readonly Row[]> {
  const databaseUrl = fleet.settings['DATABASE_URL'];
  if (databaseUrl === undefined) {
    const ledger = new DatabaseSync(join(fleet.dataDirectory, 'ledger.sqlite'), { readOnly: true });
    try {
      return ledger.prepare(query).all();
    } finally {
      ledger.close();
    }
  }
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    return (await client.query<Row>(query)).rows;
  } finally {
    await client.end();
  }
}
