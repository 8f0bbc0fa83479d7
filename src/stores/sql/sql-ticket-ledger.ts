import { type Kysely, sql } from 'kysely';
import { type Ticket, type TicketKind, TicketLedger } from '../../ports/ticket-ledger.port.js';
import { fromTicketTable, TICKET_COLUMNS, toTicketTable } from './rows.js';
import type { LedgerSchema } from './schema.js';
import type { SingleStatements } from './single-statements.js';

/** Tickets on either database. Each verb is one statement whose `where` is the whole decision. */
export class SqlTicketLedger extends TicketLedger {
  constructor(
    private readonly db: Kysely<LedgerSchema>,
    private readonly statements: SingleStatements,
  ) {
    super();
  }

  override issue(
    tickets: readonly Omit<Ticket, 'expiresAt'>[],
    lifetimeSeconds: number,
  ): Promise<void> {
    if (tickets.length === 0) return Promise.resolve();
    const expires_at = sql<number>`${this.statements.now()} + ${lifetimeSeconds}`;
    const rows = tickets.map((ticket) => ({
      ...toTicketTable({ ...ticket, expiresAt: 0 }),
      expires_at,
    }));
    const statement = this.db.insertInto('business_tickets').values(rows).compile();
    return this.statements.asking(async () => void (await this.statements.write(statement)));
  }

  override try(tokenHash: string, kind: TicketKind, maxTries: number): Promise<readonly Ticket[]> {
    const statement = this.db
      .updateTable('business_tickets')
      .set((is) => ({ tries: is('tries', '+', 1) }))
      .where('token_hash', '=', tokenHash)
      .where('kind', '=', kind)
      .where('tries', '<', maxTries)
      .where('expires_at', '>', this.statements.now())
      .returning(TICKET_COLUMNS)
      .compile();
    return this.statements.asking(async () =>
      (await this.statements.writeReturning(statement, TICKET_COLUMNS)).map(fromTicketTable),
    );
  }

  override giveBack(tokenHash: string, kind: TicketKind): Promise<void> {
    const statement = this.db
      .updateTable('business_tickets')
      .set((is) => ({ tries: is('tries', '-', 1) }))
      .where('token_hash', '=', tokenHash)
      .where('kind', '=', kind)
      .where('tries', '>', 0)
      .compile();
    return this.statements.asking(async () => void (await this.statements.write(statement)));
  }

  override consume(tokenHash: string, kind: TicketKind): Promise<boolean> {
    const statement = this.db
      .deleteFrom('business_tickets')
      .where('token_hash', '=', tokenHash)
      .where('kind', '=', kind)
      .where('expires_at', '>', this.statements.now())
      .compile();
    return this.statements.asking(async () => (await this.statements.write(statement)) > 0);
  }

  override clear(): Promise<void> {
    const statement = this.db.deleteFrom('business_tickets').compile();
    return this.statements.asking(async () => void (await this.statements.write(statement)));
  }

  override sweep(): Promise<number> {
    const statement = this.db
      .deleteFrom('business_tickets')
      .where('expires_at', '<=', this.statements.now())
      .compile();
    return this.statements.asking(() => this.statements.write(statement));
  }
}
