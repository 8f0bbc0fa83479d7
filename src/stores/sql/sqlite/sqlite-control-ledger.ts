import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import type { CompiledQuery, Kysely } from 'kysely';
import type { Clock } from '../../../common/clock.js';
import {
  ControlLedger,
  type ControlReading,
  type ControlState,
  type ControlWrites,
} from '../../../ports/control-ledger.port.js';
import { readControl, writeControl } from '../control-queries.js';
import { toControlState } from '../rows.js';
import type { AppTable, KeyTable, LedgerSchema, SecretTable } from '../schema.js';
import { transact } from './open-sqlite.js';
import { askingSqlite } from './sqlite-errors.js';

/** The control part of the ledger in SQLite: its transactions run without yielding. */
export class SqliteControlLedger extends ControlLedger {
  readonly #queries: ReturnType<typeof readControl>;

  constructor(
    private readonly connection: DatabaseSync,
    private readonly db: Kysely<LedgerSchema>,
    private readonly clock: Clock,
  ) {
    super();
    this.#queries = readControl(db);
  }

  override async read(): Promise<ControlReading> {
    return askingSqlite(() => {
      const [head] = this.connection
        .prepare(
          `select incarnation, (select coalesce(max(position), 0) + 1 from feed) as position
           from ledger_meta`,
        )
        .all() as { incarnation: number; position: number }[];
      if (head === undefined) throw new Error('the ledger has no incarnation');
      return { ...head, state: this.#state() };
    });
  }

  override async change<T>(
    decide: (state: ControlState, nowMs: number) => { writes: ControlWrites; result: T },
  ): Promise<T> {
    return askingSqlite(() =>
      transact(this.connection, () => {
        const nowMs = this.clock.nowMs();
        const { writes, result } = decide(this.#state(), nowMs);
        for (const statement of writeControl(this.db, writes, nowMs)) this.#run(statement);
        return result;
      }),
    );
  }

  #state(): ControlState {
    const { apps, secrets, issuers, keys } = this.#queries;
    return toControlState(
      this.#run(apps) as AppTable[],
      this.#run(secrets) as SecretTable[],
      this.#run(issuers) as { url: string }[],
      this.#run(keys) as KeyTable[],
    );
  }

  #run({ sql, parameters }: CompiledQuery): unknown[] {
    return this.connection.prepare(sql).all(...(parameters as SQLInputValue[]));
  }
}
