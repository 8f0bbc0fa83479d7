import { type CompiledQuery, type Kysely, type RawBuilder, sql } from 'kysely';
import { type Ticket, type TicketKind, TicketLedger } from '../../ports/ticket-ledger.port.js';
import { fromTicketTable, TICKET_COLUMNS, toTicketTable } from './rows.js';
import type { LedgerSchema, TicketTable } from './schema.js';

/** A ticket's row, but for its tries. */
export type TicketRow = Omit<TicketTable, 'tries'>;

/**
 * What tickets are on either database, but for the clock, the failures and who writes. Each verb is
 * one statement whose `where` is the whole decision.
 */
export abstract class SqlTicketLedger extends TicketLedger {
  constructor(private readonly db: Kysely<LedgerSchema>) {
    super();
  }

  /** The ledger's clock in Unix seconds. */
  protected abstract now(): RawBuilder<number>;

  /** Names failures in the port's words. */
  protected abstract asking<T>(work: () => Promise<T>): Promise<T>;

  /** Returns how many rows the statement changed. */
  protected abstract write(statement: CompiledQuery): Promise<number>;

  /** Returns the rows that the statement changed, as it returns them. */
  protected abstract writeReturning(
    statement: CompiledQuery<TicketRow>,
  ): Promise<readonly TicketRow[]>;

  override issue(
    tickets: readonly Omit<Ticket, 'expiresAt'>[],
    lifetimeSeconds: number,
  ): Promise<void> {
    if (tickets.length === 0) return Promise.resolve();
    const expires_at = sql<number>`${this.now()} + ${lifetimeSeconds}`;
    const rows = tickets.map((ticket) => ({
      ...toTicketTable({ ...ticket, expiresAt: 0 }),
      expires_at,
    }));
    const statement = this.db.insertInto('business_tickets').values(rows).compile();
    return this.asking(async () => void (await this.write(statement)));
  }

  override try(tokenHash: string, kind: TicketKind, maxTries: number): Promise<readonly Ticket[]> {
    const statement = this.db
      .updateTable('business_tickets')
      .set((is) => ({ tries: is('tries', '+', 1) }))
      .where('token_hash', '=', tokenHash)
      .where('kind', '=', kind)
      .where('tries', '<', maxTries)
      .where('expires_at', '>', this.now())
      .returning(TICKET_COLUMNS)
      .compile();
    return this.asking(async () => (await this.writeReturning(statement)).map(fromTicketTable));
  }

  override consume(tokenHash: string, kind: TicketKind): Promise<boolean> {
    const statement = this.db
      .deleteFrom('business_tickets')
      .where('token_hash', '=', tokenHash)
      .where('kind', '=', kind)
      .where('expires_at', '>', this.now())
      .compile();
    return this.asking(async () => (await this.write(statement)) > 0);
  }

  override sweep(): Promise<number> {
    const statement = this.db
      .deleteFrom('business_tickets')
      .where('expires_at', '<=', this.now())
      .compile();
    return this.asking(() => this.write(statement));
  }
}
