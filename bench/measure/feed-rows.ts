import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Client } from 'pg';
import type { RunningBroker } from '../processes/broker.js';

/** Rows of the ledger's feed: one for each transaction that changed something. */
export async function feedRows(
  broker: RunningBroker,
  databaseUrl: string | undefined,
): Promise<number> {
  const text = 'select count(*) as count from feed';
  if (databaseUrl === undefined) {
    const ledger = new DatabaseSync(join(broker.dataDirectory, 'ledger.sqlite'), {
      readOnly: true,
    });
    try {
      return Number(ledger.prepare(text).get()?.['count']);
    } finally {
      ledger.close();
    }
  }
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    return Number((await client.query<{ count: string }>(text)).rows[0]?.count);
  } finally {
    await client.end();
  }
}
