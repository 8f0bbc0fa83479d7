import type { Clock } from '../common/clock.js';
import type { Log } from '../common/log.js';
import { connectRedis } from './redis/connect-redis.js';
import { RedisChangeEvents } from './redis/redis-change-events.js';
import { RedisGuessLimiter } from './redis/redis-guess-limiter.js';
import { RedisHealth } from './redis/redis-health.js';
import { RedisLiveCopies } from './redis/redis-live-copies.js';
import { RedisReplayGuard } from './redis/redis-replay-guard.js';
import { SqlAuditLog } from './sql/sql-audit-log.js';
import { SqlTicketLedger } from './sql/sql-ticket-ledger.js';
import { openPostgres } from './sql/postgres/open-postgres.js';
import { PostgresAccountLedger } from './sql/postgres/postgres-account-ledger.js';
import { PostgresControlLedger } from './sql/postgres/postgres-control-ledger.js';
import { describePostgresError } from './sql/postgres/postgres-errors.js';
import { PostgresFeedLedger } from './sql/postgres/postgres-feed-ledger.js';
import { PostgresHealth } from './sql/postgres/postgres-health.js';
import { PostgresRevocationLog } from './sql/postgres/postgres-revocation-log.js';
import { PostgresSingleStatements } from './sql/postgres/postgres-single-statements.js';
import { PostgresUserLedger } from './sql/postgres/postgres-user-ledger.js';
import type { Stores } from './stores.js';

export interface ClusterStoresOptions {
  readonly databaseUrl: string;
  readonly redisUrl: string;
  readonly windowSeconds: number;
}

/** Connections to PostgreSQL per broker, and how many of them carry user transactions. */
const CONNECTIONS = 12;
const LANES = 4;

/** The engines of the cluster profile: PostgreSQL and Redis. */
export async function openClusterStores(
  options: ClusterStoresOptions,
  clock: Clock,
  log: Log,
): Promise<Stores> {
  const report = (what: string, error: unknown) => log.warn({ err: error }, what);
  const redis = await connectRedis(options.redisUrl, { report });
  const ledger = await openPostgres(options.databaseUrl, {
    connections: CONNECTIONS,
    migrate: true,
    onIdleError: (error) =>
      report('a connection to PostgreSQL broke', describePostgresError(error)),
  });
  // The feed has a connection of its own: nothing that waits for a lock delays it.
  const feed = await openPostgres(options.databaseUrl, {
    connections: 1,
    migrate: false,
    onIdleError: (error) =>
      report('the connection of the feed broke', describePostgresError(error)),
  });
  const statements = new PostgresSingleStatements(ledger.db);
  const events = new RedisChangeEvents(redis, { clock, report });
  return {
    users: new PostgresUserLedger(ledger.pool, ledger.db),
    accounts: new PostgresAccountLedger(ledger.pool, ledger.db),
    control: new PostgresControlLedger(ledger.pool, ledger.db),
    feed: new PostgresFeedLedger(feed.pool),
    revocations: new PostgresRevocationLog(ledger.db),
    tickets: new SqlTicketLedger(ledger.db, statements),
    audit: new SqlAuditLog(ledger.db, statements),
    sharedCopies: new RedisLiveCopies(redis, { windowSeconds: options.windowSeconds }),
    events,
    guesses: new RedisGuessLimiter(redis, { clock }),
    replays: new RedisReplayGuard(redis),
    swept: [],
    ledgerHealth: new PostgresHealth(ledger.pool),
    otherHealth: [new RedisHealth(redis)],
    lanes: LANES,
    close: async () => {
      await events.close();
      redis.disconnect();
      await feed.close();
      await ledger.close();
    },
  };
}
