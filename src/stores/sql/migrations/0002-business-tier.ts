import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/**
 * Tier 1: clients, trusted issuers, accounts with their sessions, tickets, the audit record.
 *
 * An account is one row, for the reason for which a user is one. A refresh rewrites it, so on
 * PostgreSQL it leaves room on its page. `business_names` is what makes a name unique.
 */
export function businessTier(engine: 'postgres' | 'sqlite'): Migration {
  const postgres = engine === 'postgres';
  const text = sql.raw(postgres ? 'text collate "C"' : 'text');
  const int = sql.raw(postgres ? 'bigint' : 'integer');
  const rowLayout = sql.raw(postgres ? 'with (fillfactor = 65)' : '');

  const statements = [
    sql`create table clients (
      id ${text} primary key, app_id ${text} not null references apps (id), name text not null,
      type text not null, secret_hashes text not null, requires_dpop ${int} not null,
      created_at ${int} not null, removed_at ${int})`,
    sql`create table trusted_issuers (
      id ${text} primary key, app_id ${text} not null references apps (id), name ${text} not null,
      issuer text not null, jwks_url text not null, audience text not null,
      user_id_claim text not null, user_id_template text not null, created_at ${int} not null,
      removed_at ${int})`,
    sql`create table business_accounts (
      app_id ${text} not null, account_id ${text} not null, version ${int} not null,
      email_key ${text} not null, record text not null,
      primary key (app_id, account_id)) ${rowLayout}`,
    sql`create index business_accounts_by_email on business_accounts (app_id, email_key)
      where email_key <> ''`,
    sql`create table business_names (
      app_id ${text} not null, name ${text} not null, account_id ${text} not null,
      primary key (app_id, name))`,
    sql`create table business_tickets (
      token_hash ${text} not null, account_id ${text} not null, app_id ${text} not null,
      kind text not null, payload text not null, tries ${int} not null, expires_at ${int} not null,
      primary key (token_hash, account_id))`,
    sql`create index business_tickets_by_expiry on business_tickets (expires_at)`,
    sql`create table audit_events (
      id ${text} primary key, app_id ${text} not null, at ${int} not null, type text not null,
      security ${int} not null, actor text not null, subject ${text} not null,
      detail text not null)`,
    sql`create index audit_events_by_app on audit_events (app_id, at, id)`,
    sql`create index audit_events_by_subject on audit_events (app_id, subject, at, id)`,
    sql`create index audit_events_of_security on audit_events (app_id, at, id) where security = 1`,
    sql`create index audit_events_by_age on audit_events (at)`,
  ];

  return {
    async up(db: Kysely<unknown>): Promise<void> {
      for (const statement of statements) await statement.execute(db);
    },
  };
}
