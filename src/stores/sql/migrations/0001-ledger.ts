import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

type Engine = 'postgres' | 'sqlite';

/**
 * The first ledger.
 *
 * - `im_users` holds all that is decided about a user in one row. On PostgreSQL it leaves a third
 *   of each page free, so that the update of every mint stays on its page and no index is touched.
 * - On SQLite no table is `without rowid`. Rows in the order of their keys would be spread over as
 *   many pages as a commit has rows, and every page touched is written whole; a user's row would
 *   also spill from a quarter of a page on, where a plain one has the whole page.
 * - `feed.position` is the transaction's own number on PostgreSQL (numbers from a sequence commit
 *   out of order; see `FeedLedger`), a growing integer on SQLite, which has one writer.
 * - `feed.horizon`, on PostgreSQL: every transaction before it had ended when the row was written.
 */
export function ledger(engine: Engine): Migration {
  const postgres = engine === 'postgres';
  // Byte order: cheaper to compare, and the order in which locks are taken in every broker.
  const text = sql.raw(postgres ? 'text collate "C"' : 'text');
  const int = sql.raw(postgres ? 'bigint' : 'integer');
  const rowLayout = sql.raw(postgres ? 'with (fillfactor = 65)' : '');
  const nowMs = sql.raw(
    postgres
      ? '((extract(epoch from clock_timestamp()) * 1000)::bigint)'
      : `(cast(unixepoch('subsec') * 1000 as integer))`,
  );
  const position = sql.raw(
    postgres
      ? 'xid8 not null default pg_current_xact_id() primary key'
      : 'integer primary key autoincrement',
  );
  const horizon = sql.raw(
    postgres ? ', horizon xid8 not null default pg_snapshot_xmin(pg_current_snapshot())' : '',
  );

  const statements = [
    sql`create table ledger_meta (id ${int} primary key check (id = 1), incarnation ${int} not null)`,
    sql`insert into ledger_meta (id, incarnation) values (1, ${nowMs} / 1000)`,
    sql`create table apps (
      id ${text} primary key, name text not null, epoch ${int} not null,
      revoked_epoch ${int} not null, revoked_epochs text not null, settings text not null, created_at ${int} not null)`,
    sql`create table app_secrets (
      id ${text} primary key, app_id ${text} not null references apps (id), hash text not null,
      scopes text not null, origin text not null, created_at ${int} not null, withdrawn_at ${int})`,
    sql`create index app_secrets_by_app on app_secrets (app_id)`,
    sql`create table issuers (url ${text} primary key)`,
    sql`create table signing_keys (
      id ${text} primary key, ring ${text} not null, algorithm text not null,
      published_at ${int} not null, activated_at ${int}, retired_at ${int}, revoked_at ${int},
      revoked_by ${text}, revoked_reason ${text}, removed_at ${int}, signs_until ${int} not null,
      public_jwk text not null, sealed_private text not null)`,
    sql`create table im_users (
      app_id ${text} not null, user_id ${text} not null, tag ${text} not null,
      version ${int} not null, status text not null, role text not null,
      sessions text not null, ended text not null,
      nickname text not null, face_url text not null, ex text not null, created_at ${int} not null,
      primary key (app_id, user_id)) ${rowLayout}`,
    sql`create index im_users_by_tag on im_users (tag)`,
    sql`create table ended_sessions (
      session_id ${text} primary key, app_id ${text} not null, user_id ${text} not null,
      session text not null, cause text not null, ended_by ${text} not null,
      ended_at ${int} not null, expires_at ${int} not null)`,
    sql`create index ended_sessions_by_expiry on ended_sessions (expires_at)`,
    sql`create table revocations (
      id ${text} primary key, app_id ${text} not null, user_id ${text} not null,
      target text not null, boundary ${int} not null, reason text not null,
      created_at ${int} not null, created_by text not null, expires_at ${int} not null,
      affected_sessions ${int}, restored_at ${int}, restored_by text, restored_reason text,
      restored_sessions ${int})`,
    sql`create index revocations_by_app on revocations (app_id, created_at, id)`,
    sql`create index revocations_by_user on revocations (app_id, user_id, created_at, id)`,
    sql`create index revocations_by_age on revocations (created_at)`,
    sql`create table idempotency_keys (
      app_id ${text} not null, key ${text} not null, user_id ${text} not null,
      request_hash text not null, outcome text not null, created_at ${int} not null,
      primary key (app_id, key))`,
    sql`create index idempotency_keys_by_age on idempotency_keys (created_at)`,
    sql`create table feed (
      position ${position}, batch text not null, app_id text not null, users text not null,
      control ${int} not null, at ${int} not null default ${nowMs}${horizon})`,
    sql`create index feed_by_age on feed (at)`,
  ];

  return {
    async up(db: Kysely<unknown>): Promise<void> {
      for (const statement of statements) await statement.execute(db);
    },
  };
}
