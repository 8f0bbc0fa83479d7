import type { StatementSync } from 'node:sqlite';
import type { Clock } from '../../../common/clock.js';
import { FeedLedger, type FeedReading } from '../../../ports/feed-ledger.port.js';
import { type FeedRow, toChanges } from '../feed-rows.js';
import { askingSqlite } from './sqlite-errors.js';
import type { SqliteLedger } from './sqlite-ledger.js';
import type { SqliteWriter } from './sqlite-writer.js';

const NEXT = '(select coalesce(max(position), 0) + 1 from feed)';

// The newest row stays: positions are counted from it.
const TRIM = 'delete from feed where at < ? and position < (select max(position) from feed)';

/**
 * The feed in SQLite: it has one writer, so positions commit in order. The position that a reading
 * returns is the one that a transaction which is open meanwhile will commit as.
 */
export class SqliteFeedLedger extends FeedLedger {
  readonly #head: StatementSync;
  readonly #rows: StatementSync;
  readonly #start: StatementSync;
  readonly #writer: SqliteWriter;

  constructor(
    { connection, writer }: SqliteLedger,
    private readonly clock: Clock,
  ) {
    super();
    this.#head = connection.prepare(`select incarnation, ${NEXT} as position from ledger_meta`);
    this.#rows = connection.prepare(
      'select app_id, users, control from feed where position >= ? and position < ?',
    );
    this.#start = connection.prepare(
      `select coalesce(min(position), ${NEXT}) as position from feed where at >= ?`,
    );
    this.#writer = writer;
  }

  override async read(from: number): Promise<FeedReading> {
    return askingSqlite(() => {
      const { incarnation, position } = this.#head.get() as {
        incarnation: number;
        position: number;
      };
      const rows = this.#rows.all(from, position) as unknown as FeedRow[];
      const nowMs = this.clock.nowMs();
      return { incarnation, position, upTo: position, mark: '', nowMs, ...toChanges(rows) };
    });
  }

  override async startingPosition(seconds: number): Promise<number> {
    return askingSqlite(() => {
      const row = this.#start.get(this.clock.nowMs() - seconds * 1000);
      return (row as { position: number }).position;
    });
  }

  override trim(seconds: number): Promise<number> {
    return this.#writer.write([[TRIM, [[this.clock.nowMs() - seconds * 1000]]]]);
  }
}
