import type { Kysely, Transaction } from 'kysely';
import { sql } from 'kysely';
import {
  ControlLedger,
  type ControlReading,
  type ControlState,
  type ControlWrites,
} from '../../../ports/control-ledger.port.js';
import { readControl, writeControl } from '../control-queries.js';
import { toControlState } from '../rows.js';
import type { LedgerSchema } from '../schema.js';
import { askingPostgres } from './postgres-errors.js';
import { INCARNATION_SQL, NOW_MS_SQL, POSITION_SQL } from './user-statements.js';

/** The control part of the ledger in PostgreSQL; the row of `ledger_meta` is its lock. */
export class PostgresControlLedger extends ControlLedger {
  readonly #queries: ReturnType<typeof readControl>;

  constructor(private readonly db: Kysely<LedgerSchema>) {
    super();
    this.#queries = readControl(db);
  }

  override read(): Promise<ControlReading> {
    return askingPostgres(() =>
      this.db
        .transaction()
        .setIsolationLevel('repeatable read')
        .execute(async (transaction) => {
          const head = await sql<{ incarnation: number; position: number }>`select
            ${sql.raw(INCARNATION_SQL)} as incarnation, ${sql.raw(POSITION_SQL)} as position`.execute(
            transaction,
          );
          const [row] = head.rows;
          if (row === undefined) throw new Error('the ledger has no incarnation');
          return { ...row, state: await this.#state(transaction) };
        }),
    );
  }

  override change<T>(
    decide: (state: ControlState, nowMs: number) => { writes: ControlWrites; result: T },
  ): Promise<T> {
    return askingPostgres(() =>
      this.db.transaction().execute(async (transaction) => {
        const lock = await sql<{ now_ms: number }>`select ${sql.raw(NOW_MS_SQL)} as now_ms
          from ledger_meta for update`.execute(transaction);
        const state = await this.#state(transaction);
        const { writes, result } = decide(state, lock.rows[0]?.now_ms ?? 0);
        for (const statement of writeControl(this.db, writes)) {
          await transaction.executeQuery(statement);
        }
        return result;
      }),
    );
  }

  async #state(transaction: Transaction<LedgerSchema>): Promise<ControlState> {
    const { apps, secrets, issuers, keys } = this.#queries;
    return toControlState(
      (await transaction.executeQuery(apps)).rows,
      (await transaction.executeQuery(secrets)).rows,
      (await transaction.executeQuery(issuers)).rows,
      (await transaction.executeQuery(keys)).rows,
    );
  }
}
