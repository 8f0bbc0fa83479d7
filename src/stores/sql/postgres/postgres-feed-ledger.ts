import type pg from 'pg';
import { FeedLedger, type FeedQuery, type FeedReading } from '../../../ports/feed-ledger.port.js';
import { type FeedRow, toChanges } from '../feed-rows.js';
import { askingPostgres } from './postgres-errors.js';
import { INCARNATION_SQL, NOW_MS_SQL, POSITION_SQL } from './user-statements.js';

interface ReadRow {
  readonly incarnation: number;
  readonly position: number;
  readonly up_to: number;
  readonly mark: string;
  readonly now_ms: number;
  readonly app_id: string | null;
  readonly users: string;
  readonly control: number;
}

/**
 * The feed in PostgreSQL. Positions are transaction numbers, which commit in another order than
 * they were given. The position of a reading is the oldest number still running in its snapshot:
 * whatever commits later has that number or a higher one, however long it took. Its mark is the
 * snapshot itself: the next reading tells what was running or not yet begun in it, and nothing
 * else, so that a long transaction anywhere on the server makes no reading longer.
 */
export class PostgresFeedLedger extends FeedLedger {
  constructor(private readonly pool: pg.Pool) {
    super();
  }

  override read(from: number, { behind, timeoutMs }: FeedQuery = {}): Promise<FeedReading> {
    return askingPostgres(async () => {
      const { rows } = await this.pool.query<ReadRow>({
        ...READ,
        values: [behind ?? snapshotAt(from)],
        ...(timeoutMs === undefined ? {} : { query_timeout: timeoutMs }),
      });
      const head = rows[0];
      if (head === undefined) throw new Error('a reading of the feed returned no head row');
      const { incarnation, position, up_to: upTo, mark, now_ms: nowMs } = head;
      const told = head.app_id === null ? [] : (rows as FeedRow[]);
      return { incarnation, position, upTo, mark, nowMs, ...toChanges(told) };
    });
  }

  override startingPosition(seconds: number): Promise<number> {
    return askingPostgres(async () => {
      const { rows } = await this.pool.query<{ position: number }>(START, [seconds * 1000]);
      const start = rows[0]?.position;
      if (start === undefined) throw new Error('the feed has no starting position');
      return start;
    });
  }

  override trim(seconds: number): Promise<number> {
    return askingPostgres(async () => {
      const { rowCount } = await this.pool.query(TRIM, [seconds * 1000]);
      return rowCount ?? 0;
    });
  }
}

/** The snapshot in which everything before a position has ended and nothing else has begun. */
function snapshotAt(position: number): string {
  const first = Math.max(position, FIRST_NUMBER);
  return `${first}:${first}:`;
}

/** Lower numbers are never given to a transaction. */
const FIRST_NUMBER = 3;

/** What was not visible in a snapshot: begun after it, or running in it. $1 snapshot. */
const READ = {
  name: 'feed-read',
  text: `select h.incarnation, h.position, h.up_to, h.mark, h.now_ms, f.app_id, f.users, f.control
    from (select ${INCARNATION_SQL} as incarnation, ${POSITION_SQL} as position,
      pg_snapshot_xmax(pg_current_snapshot()) as up_to, pg_current_snapshot()::text as mark,
      ${NOW_MS_SQL} as now_ms) as h
    left join (
      select app_id, users, control from feed
      where position >= pg_snapshot_xmax($1::text::pg_snapshot)
      union all
      select f.app_id, f.users, f.control
      from pg_snapshot_xip($1::text::pg_snapshot) as running (xid)
      cross join lateral (
        select app_id, users, control from feed where position = running.xid offset 0) as f
    ) as f on true`,
};

/**
 * The oldest row that is young enough, or now; while an old transaction runs, its number: copies
 * that are made meanwhile bear it, and rows from there on are kept.
 */
const START = `select least(
  (select min(position) from feed where at >= ${NOW_MS_SQL} - $1::bigint),
  ${POSITION_SQL}) as position`;

/**
 * Age alone does not say that a row is not needed: while some transaction runs, positions stand
 * still at its number, and windows go back to it. Rows before the horizon of that time are needed
 * by nobody who has read the feed since.
 */
const TRIM = `with old as (select max(horizon) as horizon from feed where at < ${NOW_MS_SQL} - $1::bigint)
  delete from feed using old where at < ${NOW_MS_SQL} - $1::bigint and position < old.horizon`;
