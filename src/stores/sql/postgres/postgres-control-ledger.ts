import { randomBytes } from 'node:crypto';
import { type Kysely, sql, type Transaction } from 'kysely';
import type pg from 'pg';
import {
  ControlLedger,
  type ControlReading,
  type ControlState,
  type ControlWrites,
} from '../../../ports/control-ledger.port.js';
import { readControl, writeControl } from '../control-queries.js';
import { toControlState } from '../rows.js';
import type { LedgerSchema } from '../schema.js';
import { outcomeOfLostCommit } from './lost-commit.js';
import { askingPostgres } from './postgres-errors.js';
import { INCARNATION_SQL, NOW_MS_SQL, POSITION_SQL } from './user-statements.js';

/** The control part of the ledger in PostgreSQL; the row of `ledger_meta` is its lock. */
export class PostgresControlLedger extends ControlLedger {
  readonly #queries: ReturnType<typeof readControl>;

  constructor(
    private readonly pool: pg.Pool,
    private readonly db: Kysely<LedgerSchema>,
  ) {
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
    return askingPostgres(async () => {
      const id = randomBytes(8);
      /** Set when there is nothing left to do but to commit. */
      let written: { readonly result: T; readonly position: number } | undefined;
      try {
        return await this.db.transaction().execute(async (transaction) => {
          const { now_ms: nowMs, position } = await lockControl(transaction, id);
          const { writes, result } = decide(await this.#state(transaction), nowMs);
          const statements = writeControl(this.db, writes, { batch: id.toString('hex') });
          for (const statement of statements) await transaction.executeQuery(statement);
          if (statements.length > 0) written = { result, position };
          return result;
        });
      } catch (error) {
        if (written === undefined) throw error;
        await outcomeOfLostCommit(this.pool, id, written.position, error);
        return written.result;
      }
    });
  }

  async #state(transaction: Transaction<LedgerSchema>): Promise<ControlState> {
    const { apps, secrets, issuers, keys, clients, trustedIssuers } = this.#queries;
    return toControlState({
      apps: (await transaction.executeQuery(apps)).rows,
      secrets: (await transaction.executeQuery(secrets)).rows,
      issuers: (await transaction.executeQuery(issuers)).rows,
      keys: (await transaction.executeQuery(keys)).rows,
      clients: (await transaction.executeQuery(clients)).rows,
      trustedIssuers: (await transaction.executeQuery(trustedIssuers)).rows,
    });
  }
}

interface LockedControl {
  readonly now_ms: number;
  readonly position: number;
}

/** Takes the lock of the control part, and one in the transaction's own name to look it up by. */
async function lockControl(
  transaction: Transaction<LedgerSchema>,
  id: Buffer,
): Promise<LockedControl> {
  const { rows } = await sql<LockedControl>`select ${sql.raw(NOW_MS_SQL)} as now_ms,
    ${sql.raw(POSITION_SQL)} as position,
    pg_advisory_xact_lock(${id.readBigInt64BE().toString()}::bigint)
    from ledger_meta for update`.execute(transaction);
  const [locked] = rows;
  if (locked === undefined) throw new Error('the ledger has no incarnation');
  return locked;
}
