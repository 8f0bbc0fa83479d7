import type pg from 'pg';
import { FeedLedger, type FeedReading } from '../../../ports/feed-ledger.port.js';
import { type FeedRow, toChanges } from '../feed-rows.js';
import { askingPostgres } from './postgres-errors.js';
import { INCARNATION_SQL, NOW_MS_SQL, POSITION_SQL } from './user-statements.js';

interface ReadRow {
  readonly incarnation: number;
  readonly position: number;
  readonly now_ms: number;
  readonly app_id: string | null;
  readonly users: string;
  readonly control: number;
}

/**
 * The feed in PostgreSQL. Positions are transaction numbers. A reading returns the oldest number
 * still running in its snapshot: whatever commits later has that number or a higher one, however
 * long it took, so the next reading, which starts there, can't miss it.
 */
export class PostgresFeedLedger extends FeedLedger {
  constructor(private readonly pool: pg.Pool) {
    super();
  }

  override read(from: number): Promise<FeedReading> {
    return askingPostgres(async () => {
      const { rows } = await this.pool.query<ReadRow>(READ, [String(from)]);
      const head = rows[0];
      if (head === undefined) throw new Error('a reading of the feed returned no head row');
      const { incarnation, position, now_ms: nowMs } = head;
      const told = head.app_id === null ? [] : (rows as FeedRow[]);
      return { incarnation, position, nowMs, ...toChanges(told) };
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

const READ = {
  name: 'feed-read',
  text: `select h.incarnation, h.position, h.now_ms, f.app_id, f.users, f.control
    from (select ${INCARNATION_SQL} as incarnation, ${POSITION_SQL} as position,
      ${NOW_MS_SQL} as now_ms) as h
    left join feed as f on f.position >= $1::text::xid8`,
};

/** The oldest row that is young enough, or, where there is none, now. */
const START = `select coalesce(
  (select min(position) from feed where at >= ${NOW_MS_SQL} - $1::bigint),
  ${POSITION_SQL}) as position`;

/**
 * Age alone does not say that a row is not needed: while some transaction runs, positions stand
 * still at its number, readings start from there again, and windows go back to it. Rows before the
 * horizon of that time are needed by nobody who has read the feed since.
 */
const TRIM = `with old as (select max(horizon) as horizon from feed where at < ${NOW_MS_SQL} - $1::bigint)
  delete from feed using old where at < ${NOW_MS_SQL} - $1::bigint and position < old.horizon`;
