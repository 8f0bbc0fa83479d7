import { join } from 'node:path';
import { rm } from 'node:fs/promises';
import { sql } from 'kysely';
import pg from 'pg';
import type { Clock } from '../../src/common/clock.js';
import type { AccountLedger } from '../../src/ports/account-ledger.port.js';
import type { AuditLog } from '../../src/ports/audit-log.port.js';
import type { ControlLedger } from '../../src/ports/control-ledger.port.js';
import type { FeedLedger } from '../../src/ports/feed-ledger.port.js';
import type { RevocationLog } from '../../src/ports/revocation-log.port.js';
import type { TicketLedger } from '../../src/ports/ticket-ledger.port.js';
import type { UserLedger } from '../../src/ports/user-ledger.port.js';
import { openPostgres } from '../../src/stores/sql/postgres/open-postgres.js';
import { PostgresAccountLedger } from '../../src/stores/sql/postgres/postgres-account-ledger.js';
import { PostgresControlLedger } from '../../src/stores/sql/postgres/postgres-control-ledger.js';
import { PostgresFeedLedger } from '../../src/stores/sql/postgres/postgres-feed-ledger.js';
import { PostgresUserLedger } from '../../src/stores/sql/postgres/postgres-user-ledger.js';
import { PostgresSingleStatements } from '../../src/stores/sql/postgres/postgres-single-statements.js';
import { PostgresRevocationLog } from '../../src/stores/sql/postgres/postgres-revocation-log.js';
import { SqliteRevocationLog } from '../../src/stores/sql/sqlite/sqlite-revocation-log.js';
import { SqlAuditLog } from '../../src/stores/sql/sql-audit-log.js';
import { SqlTicketLedger } from '../../src/stores/sql/sql-ticket-ledger.js';
import { SqliteAccountLedger } from '../../src/stores/sql/sqlite/sqlite-account-ledger.js';
import { SqliteControlLedger } from '../../src/stores/sql/sqlite/sqlite-control-ledger.js';
import { SqliteFeedLedger } from '../../src/stores/sql/sqlite/sqlite-feed-ledger.js';
import type { SqliteLedger } from '../../src/stores/sql/sqlite/sqlite-ledger.js';
import { SqliteSingleStatements } from '../../src/stores/sql/sqlite/sqlite-single-statements.js';
import { SqliteUserLedger } from '../../src/stores/sql/sqlite/sqlite-user-ledger.js';
import { ManualClock } from './manual-clock.js';
import { temporaryDirectory } from './server-process.js';
import { openTestLedger } from './sqlite-ledger.js';
import { createDatabase } from './test-database.js';

/** One process's way into a ledger. */
export interface LedgerEnds {
  readonly users: UserLedger;
  readonly accounts: AccountLedger;
  readonly control: ControlLedger;
  readonly feed: FeedLedger;
  readonly revocations: RevocationLog;
  readonly tickets: TicketLedger;
  readonly audit: AuditLog;
}

export interface OpenLedger extends LedgerEnds {
  /** Another way into the same ledger, as another process would have it. */
  another(): Promise<LedgerEnds>;
  /** The ledger's clock, Unix seconds. */
  now(): Promise<number>;
  /** Lets time pass for what is stored: its clock goes on, or its rows get older. */
  pass(seconds: number): Promise<void>;
  close(): Promise<void>;
}

/** One implementation of the ledger's ports, and how a test gets a ledger of its own. */
export interface LedgerEngine {
  readonly name: string;
  /** User transactions that may be in flight at once. */
  readonly lanes: number;
  open(): Promise<OpenLedger>;
}

const sqlite: LedgerEngine = {
  name: 'SQLite',
  lanes: 1,
  async open() {
    const directory = await temporaryDirectory('ledger');
    const path = join(directory, 'ledger.sqlite');
    const clock = new ManualClock(Date.now());
    const open = () => openTestLedger(path);
    const first = await open();
    const opened = [first];
    return {
      ...sqliteEnds(first, clock),
      another: async () => {
        const more = await open();
        opened.push(more);
        return sqliteEnds(more, clock);
      },
      now: () => Promise.resolve(Math.floor(clock.nowMs() / 1000)),
      pass: (seconds) => Promise.resolve(clock.advance(seconds * 1000)),
      close: async () => {
        for (const { close } of opened) await close();
        await rm(directory, { recursive: true, force: true });
      },
    };
  },
};

function sqliteEnds(ledger: SqliteLedger, clock: Clock): LedgerEnds {
  const statements = new SqliteSingleStatements(ledger.writer, clock);
  return {
    users: new SqliteUserLedger(ledger, clock),
    accounts: new SqliteAccountLedger(ledger),
    control: new SqliteControlLedger(ledger, clock),
    feed: new SqliteFeedLedger(ledger, clock),
    revocations: new SqliteRevocationLog(ledger),
    tickets: new SqlTicketLedger(ledger.db, statements),
    audit: new SqlAuditLog(ledger.db, statements),
  };
}

const postgres: LedgerEngine = { name: 'PostgreSQL', lanes: 4, open: () => openPostgresLedger() };

/** The engines that are the product's. */
export const LEDGER_ENGINES: readonly LedgerEngine[] = [sqlite, postgres];

export interface OpenPostgresLedger extends OpenLedger {
  /** Where it is. */
  readonly url: string;
  /** The connections of its users' ledger. */
  readonly pool: pg.Pool;
  /** A connection of a stranger's, until the ledger is closed. */
  connect(): Promise<pg.Client>;
}

/** A ledger of its own in the test run's PostgreSQL. */
export async function openPostgresLedger(): Promise<OpenPostgresLedger> {
  const database = await createDatabase();
  const first = await connectLedger(database.url, true);
  const opened = [first];
  const strangers: pg.Client[] = [];
  return {
    ...first,
    url: database.url,
    connect: async () => {
      const client = new pg.Client({ connectionString: database.url });
      strangers.push(client);
      await client.connect();
      return client;
    },
    another: async () => {
      const more = await connectLedger(database.url, false);
      opened.push(more);
      return more;
    },
    now: async () => {
      const { rows } = await first.pool.query<{ now: number }>(
        'select floor(extract(epoch from clock_timestamp()))::bigint as now',
      );
      return rows[0]?.now ?? NaN;
    },
    pass: async (seconds) => {
      await sql`update idempotency_keys set created_at = created_at - ${seconds}`.execute(first.db);
      await sql`update revocations set created_at = created_at - ${seconds}, expires_at = expires_at - ${seconds}`.execute(
        first.db,
      );
      await sql`update ended_sessions set expires_at = expires_at - ${seconds}`.execute(first.db);
      await sql`update business_tickets set expires_at = expires_at - ${seconds}`.execute(first.db);
      await sql`update audit_events set at = at - ${seconds}`.execute(first.db);
      await sql`update feed set at = at - ${seconds * 1000}`.execute(first.db);
    },
    close: async () => {
      for (const client of strangers) await client.end();
      for (const { close } of opened) await close();
      await database.drop();
    },
  };
}

/** A broker's connections to a ledger in PostgreSQL. */
export async function connectLedger(url: string, migrate: boolean, connections = 8) {
  const opened = await openPostgres(url, { connections, migrate, onIdleError: () => undefined });
  const statements = new PostgresSingleStatements(opened.db);
  return {
    ...opened,
    users: new PostgresUserLedger(opened.pool, opened.db),
    accounts: new PostgresAccountLedger(opened.pool, opened.db),
    control: new PostgresControlLedger(opened.pool, opened.db),
    feed: new PostgresFeedLedger(opened.pool),
    revocations: new PostgresRevocationLog(opened.db),
    tickets: new SqlTicketLedger(opened.db, statements),
    audit: new SqlAuditLog(opened.db, statements),
  };
}
