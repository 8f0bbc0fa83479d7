/** The SQL of the users' part in SQLite. */

export const HEAD = `select incarnation, (select coalesce(max(position), 0) + 1 from feed) as position
  from ledger_meta`;

export const EPOCH = 'select epoch, revoked_epoch from apps where id = ?';

export const USER = `select user_id, version, status, role, sessions, ended, created_at,
    nickname, face_url, ex
  from im_users where app_id = ? and user_id = ?`;

export const IDEMPOTENCY = `select app_id, key, user_id, request_hash, outcome, created_at
  from idempotency_keys where app_id = ? and key = ? and created_at > ?`;

export const OWNER = `select user_id from im_users
  where tag = ?2 and app_id = ?3 and exists (
    select 1 from json_each(sessions) where json_extract(value, '$[0]') = ?1
    union all
    select 1 from json_each(ended) where json_extract(value, '$[0][0]') = ?1)
  union all
  select user_id from ended_sessions where session_id = ?1 and app_id = ?3
  limit 1`;

export const PUT_USER = `insert into im_users (app_id, user_id, tag, version, status, role, sessions,
    ended, nickname, face_url, ex, created_at)
  values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, coalesce(?9, ''), coalesce(?10, ''), coalesce(?11, ''), ?12)
  on conflict (app_id, user_id) do update set version = ?4, status = ?5, role = ?6,
    sessions = ?7, ended = ?8, nickname = coalesce(?9, nickname),
    face_url = coalesce(?10, face_url), ex = coalesce(?11, ex)`;

export const ADD_ENDED = 'insert into ended_sessions values (?, ?, ?, ?, ?, ?, ?, ?)';

/** A user's revocations that were not taken back. */
export const STANDING = `select id, app_id, user_id, target, boundary, reason, created_at, created_by,
    expires_at, affected_sessions
  from revocations where app_id = ? and user_id = ? and restored_at is null`;

export const ADD_REVOCATION = `insert into revocations (id, app_id, user_id, target, boundary,
    reason, created_at, created_by, expires_at, affected_sessions)
  values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;

export const RESTORE = `update revocations
  set restored_at = ?, restored_by = ?, restored_reason = ?, restored_sessions = ?
  where id = ? and app_id = ? and restored_at is null`;

// A key older than 24 h that no sweep has taken yet makes room for the new one.
export const ADD_IDEMPOTENCY = 'insert or replace into idempotency_keys values (?, ?, ?, ?, ?, ?)';

export const ADD_FEED =
  'insert into feed (batch, app_id, users, control, at) values (?, ?, ?, 0, ?)';

/** Whether a transaction of this name stands in the feed, at or after the position it had read. */
export const IN_FEED = 'select 1 from feed where position >= ? and batch = ?';

export const ACCOUNT =
  'select account_id, record from business_accounts where app_id = ? and account_id = ?';

export const ACCOUNT_NAME =
  'select name, account_id from business_names where app_id = ? and name = ?';

export const PUT_ACCOUNT = `insert into business_accounts
    (app_id, account_id, version, email_key, record) values (?1, ?2, ?3, ?4, ?5)
  on conflict (app_id, account_id) do update set version = ?3, email_key = ?4, record = ?5`;

export const ADD_NAME = 'insert into business_names (app_id, name, account_id) values (?, ?, ?)';

export const DROP_NAME = 'delete from business_names where app_id = ? and name = ?';

export const ADD_AUDIT = 'insert into audit_events values (?, ?, ?, ?, ?, ?, ?, ?)';
