import { randomBytes } from 'node:crypto';
import type { SQLInputValue } from 'node:sqlite';
import type { CompiledQuery } from 'kysely';
import type { Clock } from '../../../common/clock.js';
import {
  ControlLedger,
  type ControlReading,
  type ControlState,
  type ControlWrites,
} from '../../../ports/control-ledger.port.js';
import { readControl, writeControl } from '../control-queries.js';
import { toControlState } from '../rows.js';
import type {
  AppTable,
  ClientTable,
  KeyTable,
  SecretTable,
  TrustedIssuerTable,
} from '../schema.js';
import { askingSqlite } from './sqlite-errors.js';
import type { SqliteLedger } from './sqlite-ledger.js';
import { HEAD, IN_FEED } from './user-statements.js';
import type { SqlRow } from './writer-messages.js';

interface Head {
  readonly incarnation: number;
  readonly position: number;
}

/** The control part of the ledger in SQLite. */
export class SqliteControlLedger extends ControlLedger {
  readonly #queries: ReturnType<typeof readControl>;

  constructor(
    private readonly ledger: SqliteLedger,
    private readonly clock: Clock,
  ) {
    super();
    this.#queries = readControl(ledger.db);
  }

  override async read(): Promise<ControlReading> {
    return askingSqlite(() => {
      // One transaction, so one snapshot: the writer may commit at any moment.
      this.ledger.connection.exec('begin');
      try {
        return { ...this.#head(), state: this.#state() };
      } finally {
        this.ledger.connection.exec('rollback');
      }
    });
  }

  override change<T>(
    decide: (state: ControlState, nowMs: number) => { writes: ControlWrites; result: T },
  ): Promise<T> {
    const batch = randomBytes(8).toString('hex');
    let before = 0;
    return this.ledger.writer.transact({
      reads: [],
      decide: () => {
        // The writer holds the lock, so what we read here stays true until it commits.
        before = this.#head().position;
        const at = this.clock.nowMs();
        const { writes, result } = decide(this.#state(), at);
        const statements = writeControl(this.ledger.db, writes, { batch, at });
        return {
          writes: statements.map(({ sql, parameters }) => [sql, [parameters as SqlRow]]),
          result,
        };
      },
      wasCommitted: () => this.ledger.connection.prepare(IN_FEED).get(before, batch) !== undefined,
    });
  }

  #head(): Head {
    return this.ledger.connection.prepare(HEAD).get() as unknown as Head;
  }

  #state(): ControlState {
    const { apps, secrets, issuers, keys, clients, trustedIssuers } = this.#queries;
    return toControlState({
      apps: this.#all(apps) as AppTable[],
      secrets: this.#all(secrets) as SecretTable[],
      issuers: this.#all(issuers) as { url: string }[],
      keys: this.#all(keys) as KeyTable[],
      clients: this.#all(clients) as ClientTable[],
      trustedIssuers: this.#all(trustedIssuers) as TrustedIssuerTable[],
    });
  }

  #all({ sql, parameters }: CompiledQuery): unknown[] {
    return this.ledger.connection.prepare(sql).all(...(parameters as SQLInputValue[]));
  }
}
