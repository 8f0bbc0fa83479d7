import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import type { LedgerSchema } from '../schema.js';
import { migrate } from '../migrate.js';

export interface PostgresLedgerDatabase {
  readonly pool: pg.Pool;
  readonly db: Kysely<LedgerSchema>;
  close(): Promise<void>;
}

export interface PostgresOptions {
  readonly connections: number;
  /** Whether to bring the ledger to this release's schema first. */
  readonly migrate: boolean;
  /** Told of errors on idle connections, which the pool replaces by itself. */
  readonly onIdleError: (error: Error) => void;
}

const BIGINT = 20;
const XID8 = 5069;

/** How long a lock is waited for, and a transaction may stay open without a statement. */
const PATIENCE_MS = 5000;

/** Plans that go through a table or an index range row by row are never right here. */
const PLANNER = [
  'enable_seqscan=off',
  'enable_bitmapscan=off',
  'enable_mergejoin=off',
  'jit=off',
  'plan_cache_mode=force_generic_plan',
];

/** Versions, positions and seconds stay far below 2^53. */
const getTypeParser = ((oid: number, format?: 'text' | 'binary'): unknown => {
  if ((oid === BIGINT || oid === XID8) && format !== 'binary') return Number;
  return pg.types.getTypeParser(oid, format);
}) as pg.CustomTypesConfig['getTypeParser'];

/**
 * Opens the ledger on PostgreSQL 14 or newer.
 *
 * - Every statement here finds its rows by key, so plans that scan whole tables are turned
 *   off: a plan made while a table was small stays right when it has grown.
 * - A broker that is stopped in the middle of a transaction loses its locks to the idle timeout.
 * - There is no `statement_timeout`: it would cut short a commit's wait for a synchronous replica
 *   and let the server call it a success. The client's own timeout breaks the connection instead.
 */
export async function openPostgres(
  url: string,
  options: PostgresOptions,
): Promise<PostgresLedgerDatabase> {
  const pool = new pg.Pool({
    connectionString: url,
    max: options.connections,
    connectionTimeoutMillis: 2000,
    keepAlive: true,
    pipeline: true,
    application_name: 'countersign',
    lock_timeout: PATIENCE_MS,
    idle_in_transaction_session_timeout: PATIENCE_MS,
    query_timeout: PATIENCE_MS + 1000,
    options: PLANNER.map((setting) => `-c ${setting}`).join(' '),
    types: { getTypeParser },
  });
  pool.on('error', options.onIdleError);
  // A connection that breaks while it is in use tells its queries, and would end the process too.
  pool.on('connect', (client) => void client.on('error', () => undefined));
  const db = new Kysely<LedgerSchema>({ dialect: new PostgresDialect({ pool }) });
  if (options.migrate) await migrate(db, 'postgres');
  const close = async (): Promise<void> => {
    // Kysely would let go of a pool that it has used, and leave the feed's, which it has not.
    if (!pool.ending) await pool.end();
  };
  return { pool, db, close };
}
