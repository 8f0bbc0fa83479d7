/**
 * The statements of the user transaction. They are prepared once per connection (by their name)
 * and have the same text whatever the batch: arrays carry its rows.
 *
 * A plan is made once and may be made while a table is empty, so the texts leave no other good way
 * than by keys: rows are asked for by `= any`, or by a lateral query that `offset 0` keeps whole.
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

/** The same in Unix seconds. */
export const NOW_SQL = 'floor(extract(epoch from clock_timestamp()))::bigint';

/**
 * Clock, position, epoch, and a lock in the batch's name, held until the transaction ends: whoever
 * gets that lock afterwards knows that it has ended. $1 app id, $2 number of the batch.
 */
export const HEAD = {
  name: 'user-head',
  text: `select ${NOW_MS_SQL} as now_ms, ${POSITION_SQL} as position,
    ${INCARNATION_SQL} as incarnation, pg_advisory_xact_lock($2::bigint),
    coalesce((select epoch from apps where id = $1), 0) as epoch,
    coalesce((select revoked_epoch from apps where id = $1), -1) as revoked_epoch`,
};

/** What of a user every change needs; a user's texts for people are read where they are wanted. */
const RECORD_COLUMNS = 'user_id, version, status, role, sessions, ended, created_at';
const PROFILE_COLUMNS = 'nickname, face_url, ex';

/**
 * Locks, in order, those of the users that nobody has locked, and names those that somebody has.
 * `place` is where the row is: it stays there while it is locked. $1 app id, $2 user ids.
 */
const lockOf = (name: string, columns: string, blanks: string) => ({
  name,
  text: `with locked as materialized (
      select ctid as place, ${columns} from im_users
      where app_id = $1 and user_id = any ($2::text[])
      order by user_id for update skip locked)
    select place, ${columns} from locked
    union all
    select null, u.user_id, ${blanks}
    from unnest($2::text[]) as wanted (user_id)
    cross join lateral (
      select user_id from im_users where app_id = $1 and user_id = wanted.user_id offset 0) as u
    where wanted.user_id not in (select user_id from locked)`,
});

export const LOCK = lockOf('user-lock', RECORD_COLUMNS, `0, '', '', '', '', 0`);
export const LOCK_WITH_PROFILES = lockOf(
  'user-lock-with-profiles',
  `${RECORD_COLUMNS}, ${PROFILE_COLUMNS}`,
  `0, '', '', '', '', 0, '', '', ''`,
);

/** $1 app id, $2 user ids. */
export const STANDING = {
  name: 'user-standing-revocations',
  text: `select r.* from unnest($2::text[]) as wanted (user_id)
    cross join lateral (
      select * from revocations
      where app_id = $1 and user_id = wanted.user_id and restored_at is null offset 0) as r`,
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
 * that belongs to it. New users are inserted first, and in order: the only thing waited for while
 * locks are held is another transaction's insert of the same user, and that one waits in the same
 * order. (An insert waits for an update of the row that it meets, but not for a lock on it: were
 * users changed before others are created, two batches could wait for each other.) Idempotency
 * keys, which can be another user's in another batch, come last and in order, too.
 *
 * (`in (…) is true` keeps PostgreSQL from making a join of it, which without hashing is quadratic.)
 *
 * $1 app id, $2 batch; existing users: $3 places, $4 ids, $5 versions, $6 sessions, $7 ended;
 * new users: $8 ids, $9 tags, $10 versions, $11 statuses, $12 roles, $13 sessions, $14 ended,
 * $15 nicknames, $16 face URLs, $17 ex; ended sessions: $18 ids, $19 user ids, $20 sessions,
 * $21 causes, $22 by whom, $23 when, $24 expiries; idempotency keys: $25, a JSON array of rows; $26
 * null, or how many users must be written: fewer, and the division by zero at the end undoes it all.
 */
export const WRITE = {
  name: 'user-write',
  text: `with created as (
      insert into im_users (app_id, user_id, tag, version, status, role, sessions, ended,
        nickname, face_url, ex, created_at)
      select $1, c.*, floor(extract(epoch from clock_timestamp()))::bigint
      from unnest($8::text[], $9::text[], $10::bigint[], $11::text[], $12::text[], $13::text[],
          $14::text[], $15::text[], $16::text[], $17::text[])
        as c (user_id, tag, version, status, role, sessions, ended, nickname, face_url, ex)
      order by c.user_id collate "C"
      on conflict do nothing
      returning user_id, version),
    changed as (
      update im_users as u set version = c.version, sessions = c.sessions, ended = c.ended
      from unnest($4::text[], $5::bigint[], $6::text[], $7::text[])
        as c (user_id, version, sessions, ended)
      where u.ctid = any ($3::text[]::tid[]) and u.user_id = c.user_id
        and (select count(*) from created) >= 0
      returning u.user_id, u.version),
    written as (select user_id, version from changed union all select user_id, version from created),
    ended as (
      insert into ended_sessions
      select e.session_id, $1, e.user_id, e.session, e.cause, e.ended_by, e.ended_at, e.expires_at
      from unnest($18::text[], $19::text[], $20::text[], $21::text[], $22::text[], $23::bigint[],
          $24::bigint[])
        as e (session_id, user_id, session, cause, ended_by, ended_at, expires_at)
      where (e.user_id in (select user_id from written)) is true),
    remembered as (
      insert into idempotency_keys
      select $1, r.key, r.user_id, r.request_hash, r.outcome, r.created_at
      from json_to_recordset($25::json) as r (key text, user_id text, request_hash text,
        outcome text, created_at bigint)
      where (r.user_id in (select user_id from written)) is true
      order by r.key collate "C"),
    told as (
      insert into feed (batch, app_id, users, control)
      select $2, $1, json_agg(json_build_array(user_id, version))::text, 0
      from written having count(*) > 0
      returning users)
    select users, 1 / (case when $26::bigint is null or (select count(*) from written) = $26
      then 1 else 0 end) as whole
    from told`,
};

/**
 * What seldom changes of users that exist and are locked by us. $1 app id, $2 user ids,
 * $3 statuses, $4 roles, $5 nicknames, $6 face URLs, $7 ex (the last three null: unchanged).
 */
export const DESCRIBE = {
  name: 'user-describe',
  text: `update im_users as u set status = c.status, role = c.role,
      nickname = coalesce(c.nickname, u.nickname), face_url = coalesce(c.face_url, u.face_url),
      ex = coalesce(c.ex, u.ex)
    from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[])
      as c (user_id, status, role, nickname, face_url, ex)
    where u.app_id = $1 and u.user_id = any ($2::text[]) and u.user_id = c.user_id`,
};

/**
 * Revocations that were made and taken back, after the write. Those of a user whom this batch
 * changes share that user's fate: their row must be of this very transaction. A batch that changes
 * nobody else tells the feed of itself here.
 *
 * $1 app id, $2 batch, $3 revocations, $4 restorations: JSON arrays of rows, in each `of_written`
 * says whether the batch changes the user.
 */
export const REVOKE = {
  name: 'user-revoke',
  text: `with revoked as (
      insert into revocations
      select r.id, $1, r.user_id, r.target, r.boundary, r.reason, r.created_at, r.created_by,
        r.expires_at, r.affected_sessions
      from json_to_recordset($3::json) as r (id text, user_id text, target text, boundary bigint,
        reason text, created_at bigint, created_by text, expires_at bigint,
        affected_sessions bigint, of_written boolean)
      where not r.of_written or exists (
        select from im_users as u where u.app_id = $1 and u.user_id = r.user_id
          and u.xmin = pg_current_xact_id()::xid)),
    restored as (
      update revocations as v set restored_at = r.restored_at, restored_by = r.restored_by,
        restored_reason = r.restored_reason, restored_sessions = r.restored_sessions
      from json_to_recordset($4::json) as r (id text, restored_at bigint, restored_by text,
        restored_reason text, restored_sessions bigint)
      where v.id = r.id and v.app_id = $1 and v.restored_at is null)
    insert into feed (batch, app_id, users, control) values ($2, $1, '[]', 0)
    on conflict do nothing`,
};

/** What became of a batch, once its lock is ours. $1 number of the batch, $2 batch, $3 position. */
export const LOOK_UP = {
  lock: 'select pg_advisory_xact_lock($1::bigint)',
  find: 'select users from feed where batch = $1 and position >= $2::text::xid8',
};
