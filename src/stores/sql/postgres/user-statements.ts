import { USER_COLUMNS } from '../user-row.js';

/**
 * The statements of the user transaction. They are prepared once per connection (by their name)
 * and have the same text whatever the batch: arrays carry its rows.
 */

/**
 * Which life of the ledger this is: its number, and the timeline of the server, which a failover
 * raises. $: none.
 */
export const INCARNATION_SQL = `((select incarnation from ledger_meta) * 65536
  + ('x' || substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8))::bit(32)::bigint)`;

/** Every transaction below this number has ended. */
export const POSITION_SQL = 'pg_snapshot_xmin(pg_current_snapshot())';

/** The ledger's clock in Unix milliseconds. */
export const NOW_MS_SQL = '(extract(epoch from clock_timestamp()) * 1000)::bigint';

/**
 * Clock, position, epoch, and a lock in the batch's name, held until the transaction ends: whoever
 * gets that lock afterwards knows that it has ended. $1 app id, $2 number of the batch.
 */
export const HEAD = {
  name: 'user-head',
  text: `select ${NOW_MS_SQL} as now_ms, ${POSITION_SQL} as position,
    ${INCARNATION_SQL} as incarnation, pg_advisory_xact_lock($2::bigint),
    coalesce((select epoch from apps where id = $1), 0) as epoch`,
};

/**
 * Locks, in order, those of the users that nobody has locked, and names those that somebody has.
 * $1 app id, $2 user ids.
 */
export const LOCK = {
  name: 'user-lock',
  text: `with locked as materialized (
      select ${USER_COLUMNS} from im_users
      where app_id = $1 and user_id = any ($2::text[])
      order by user_id for update skip locked)
    select true as locked, ${USER_COLUMNS} from locked
    union all
    select false, user_id, 0, '', '', '', '', '', '', '', 0 from im_users
    where app_id = $1 and user_id = any ($2::text[]) and user_id not in (select user_id from locked)`,
};

/** $1 app id, $2 keys. */
export const IDEMPOTENCY = {
  name: 'user-idempotency',
  text: `select app_id, key, user_id, request_hash, outcome, created_at
    from idempotency_keys where app_id = $1 and key = any ($2::text[])`,
};

/** Makes room for keys that were used again after their day. $1 app id, $2 keys. */
export const FORGET_KEYS = {
  name: 'user-forget-keys',
  text: 'delete from idempotency_keys where app_id = $1 and key = any ($2::text[])',
};

/**
 * Writes the whole batch and its row of the feed. Users that exist are locked by us and change for
 * certain; of those to be created one that somebody else created meanwhile is left out, with all
 * that belongs to it. New users are inserted in order: the only thing waited for while locks are
 * held is another transaction's insert of the same user, and that one waits in the same order.
 *
 * $1 app id, $2 batch; existing users: $3 ids, $4 versions, $5 statuses, $6 roles, $7 sessions,
 * $8 ended, $9 nicknames, $10 face URLs, $11 ex (the last three null: unchanged);
 * new users: $12 ids, $13 tags, $14 versions, $15 statuses, $16 roles, $17 sessions, $18 ended,
 * $19 nicknames, $20 face URLs, $21 ex;
 * ended sessions, revocations, idempotency: $22, $23, $24, each a JSON array of rows.
 */
export const WRITE = {
  name: 'user-write',
  text: `with changed as (
      update im_users as u set version = c.version, status = c.status, role = c.role,
        sessions = c.sessions, ended = c.ended, nickname = coalesce(c.nickname, u.nickname),
        face_url = coalesce(c.face_url, u.face_url), ex = coalesce(c.ex, u.ex)
      from unnest($3::text[], $4::bigint[], $5::text[], $6::text[], $7::text[], $8::text[],
          $9::text[], $10::text[], $11::text[])
        as c (user_id, version, status, role, sessions, ended, nickname, face_url, ex)
      where u.app_id = $1 and u.user_id = c.user_id
      returning u.user_id, u.version),
    created as (
      insert into im_users (app_id, user_id, tag, version, status, role, sessions, ended,
        nickname, face_url, ex, created_at)
      select $1, c.*, extract(epoch from clock_timestamp())::bigint
      from unnest($12::text[], $13::text[], $14::bigint[], $15::text[], $16::text[], $17::text[],
          $18::text[], $19::text[], $20::text[], $21::text[])
        as c (user_id, tag, version, status, role, sessions, ended, nickname, face_url, ex)
      order by c.user_id collate "C"
      on conflict do nothing
      returning user_id, version),
    written as (select user_id, version from changed union all select user_id, version from created),
    ended as (
      insert into ended_sessions
      select r.session_id, $1, r.user_id, r.session, r.cause, r.ended_by, r.ended_at, r.expires_at
      from json_to_recordset($22::json) as r (session_id text, user_id text, session text,
        cause text, ended_by text, ended_at bigint, expires_at bigint)
      where r.user_id in (select user_id from written)),
    revoked as (
      insert into revocations
      select r.id, $1, r.user_id, r.target, r.reason, r.created_at, r.created_by, r.affected_sessions
      from json_to_recordset($23::json) as r (id text, user_id text, target text, reason text,
        created_at bigint, created_by text, affected_sessions bigint)
      where r.user_id in (select user_id from written)),
    remembered as (
      insert into idempotency_keys
      select $1, r.key, r.user_id, r.request_hash, r.outcome, r.created_at
      from json_to_recordset($24::json) as r (key text, user_id text, request_hash text,
        outcome text, created_at bigint)
      where r.user_id in (select user_id from written)),
    told as (
      insert into feed (batch, app_id, users, control)
      select $2, $1, json_agg(json_build_array(user_id, version))::text, 0
      from written having count(*) > 0
      returning users)
    select users from told`,
};

/** What became of a batch, once its lock is ours. $1 number of the batch, $2 batch, $3 position. */
export const LOOK_UP = {
  lock: 'select pg_advisory_xact_lock($1::bigint)',
  find: 'select users from feed where batch = $1 and position >= $2::text::xid8',
};
