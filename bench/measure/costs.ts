import type { House } from '../house.js';
import type { LoadResult } from '../load/run-load.js';
import type { DriverCounts } from '../processes/broker-probe.js';
import { feedRows } from './feed-rows.js';

/** What an operation costs the stores, on average under the load. */
export interface Costs {
  /** Transactions that changed the ledger. */
  readonly transactions: number;
  /** Statements that the broker sent, without those of the feed's reader, by name. */
  readonly statements: Readonly<Record<string, number>>;
  /** Redis commands that the broker sent, by name. */
  readonly sent: Readonly<Record<string, number>>;
  /** Redis commands that the server ran, those inside of scripts among them, by name. */
  readonly ran: Readonly<Record<string, number>>;
}

/** What a broker does at its own pace, whatever the load: it reads the feed and the stream. */
const NOT_OF_OPERATIONS =
  /^(feed-read|select incarnation, \(select|select app_id, users,|xread|info|ping)$/;

/** Runs a load once more, slower for being counted: its throughput is not used. */
export async function countCosts(house: House, run: () => Promise<LoadResult>): Promise<Costs> {
  const { broker, urls, redisCounters, profile } = house;
  const rowsBefore = await feedRows(broker, urls.databaseUrl);
  const ranBefore = (await redisCounters?.commands()) ?? {};
  await broker.process.call('startCounting', profile);
  const { operations } = await run();
  const { statements, redisCommands } = await broker.process.call<DriverCounts>('stopCounting');
  const ranAfter = (await redisCounters?.commands()) ?? {};
  const rows = (await feedRows(broker, urls.databaseUrl)) - rowsBefore;

  const each = (counts: Readonly<Record<string, number>>) =>
    Object.fromEntries(
      Object.entries(counts).flatMap(([name, count]) =>
        count === 0 || NOT_OF_OPERATIONS.test(name) ? [] : [[name, count / operations]],
      ),
    );
  const ran: Record<string, number> = {};
  for (const [name, count] of Object.entries(ranAfter)) ran[name] = count - (ranBefore[name] ?? 0);
  return {
    transactions: rows / operations,
    statements: each(statements),
    sent: each(redisCommands),
    ran: each(ran),
  };
}
