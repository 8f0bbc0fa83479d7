/** The statements of the user transaction that are about business accounts; see `user-statements.ts`. */

/**
 * Locks, in order, those of the accounts that nobody has locked, and names those that somebody has
 * (`place` null). $1 app id, $2 account ids.
 */
export const LOCK_ACCOUNTS = {
  name: 'account-lock',
  text: `with locked as materialized (
      select ctid as place, account_id, record from business_accounts
      where app_id = $1 and account_id = any ($2::text[])
      order by account_id for update skip locked)
    select place, account_id, record from locked
    union all
    select null, a.account_id, ''
    from unnest($2::text[]) as wanted (account_id)
    cross join lateral (
      select account_id from business_accounts
      where app_id = $1 and account_id = wanted.account_id offset 0) as a
    where wanted.account_id not in (select account_id from locked)`,
};

/** $1 app id, $2 names. */
export const NAMES = {
  name: 'account-names',
  text: 'select name, account_id from business_names where app_id = $1 and name = any ($2::text[])',
};

/**
 * Writes accounts, names and audit events, and tells the feed of the batch if the write of users
 * has not. Accounts that exist are locked by us. A name that somebody else took meanwhile undoes it
 * all (a division by zero), and who decides again sees it; names are taken in order, so two batches
 * don't wait for each other.
 *
 * $1 app id, $2 batch; existing accounts: $3 places, $4 ids, $5 versions, $6 e-mail keys,
 * $7 records; new accounts: $8 ids, $9 versions, $10 e-mail keys, $11 records; names: $12 names,
 * $13 account ids; $14 dropped names; $15 audit events, a JSON array of rows.
 */
export const WRITE_ACCOUNTS = {
  name: 'account-write',
  text: `with changed as (
      update business_accounts as a set version = c.version, email_key = c.email_key,
        record = c.record
      from unnest($4::text[], $5::bigint[], $6::text[], $7::text[])
        as c (account_id, version, email_key, record)
      where a.ctid = any ($3::text[]::tid[]) and a.account_id = c.account_id),
    created as (
      insert into business_accounts (app_id, account_id, version, email_key, record)
      select $1, c.*
      from unnest($8::text[], $9::bigint[], $10::text[], $11::text[])
        as c (account_id, version, email_key, record)),
    dropped as (
      delete from business_names where app_id = $1 and name = any ($14::text[])),
    named as (
      insert into business_names (app_id, name, account_id)
      select $1, n.name, n.account_id from unnest($12::text[], $13::text[]) as n (name, account_id)
      order by n.name collate "C"
      on conflict do nothing
      returning 1),
    audited as (
      insert into audit_events (id, app_id, at, type, security, actor, subject, detail)
      select e.id, $1, e.at, e.type, e.security, e.actor, e.subject, e.detail
      from json_to_recordset($15::json) as e (id text, at bigint, type text, security bigint,
        actor text, subject text, detail text)),
    told as (
      insert into feed (batch, app_id, users, control) values ($2, $1, '[]', 0)
      on conflict do nothing)
    select 1 / (case when (select count(*) from named) = cardinality($12::text[])
      then 1 else 0 end) as whole`,
};

/** One statement, so one snapshot. $1 app ids, $2 account ids. */
export const READ_ACCOUNTS = {
  name: 'account-read',
  text: `select f.ordinal, f.record
    from unnest($1::text[], $2::text[]) with ordinality as wanted (app_id, account_id, ordinal)
    cross join lateral (
      select wanted.ordinal, record from business_accounts as a
      where a.app_id = wanted.app_id and a.account_id = wanted.account_id offset 0) as f`,
};
