import { type AccountEntry, AccountLedger } from '../ports/account-ledger.port.js';
import type {
  AccountName,
  AccountRecord,
  AccountRef,
  AuditEvent,
} from '../ports/account-record.js';
import { AuditLog, type AuditQuery } from '../ports/audit-log.port.js';
import {
  ControlLedger,
  type ControlReading,
  type ControlState,
  type ControlWrites,
} from '../ports/control-ledger.port.js';
import type { Revocation } from '../ports/revocation.js';
import { RevocationLog, type RevocationQuery } from '../ports/revocation-log.port.js';
import { type Ticket, type TicketKind, TicketLedger } from '../ports/ticket-ledger.port.js';
import {
  type Committed,
  type EndedSession,
  type UserBatch,
  UserLedger,
  type UserPageEntry,
  type UserReading,
} from '../ports/user-ledger.port.js';
import type { UserRef } from '../ports/user-record.js';
import type { LedgerOutage } from './ledger-outage.js';

/*
 * The ledger's ports for everyone but the reader of the feed: nobody waits for a ledger that is
 * known to be out.
 */

export class GuardedUserLedger extends UserLedger {
  constructor(
    private readonly ledger: UserLedger,
    private readonly outage: LedgerOutage,
  ) {
    super();
  }

  override change(batch: UserBatch): Promise<Committed> {
    return this.outage.guard(() => this.ledger.change(batch));
  }

  override read(users: readonly UserRef[]): Promise<UserReading> {
    return this.outage.guard(() => this.ledger.read(users));
  }

  override page(appId: string, after: string, limit: number): Promise<readonly UserPageEntry[]> {
    return this.outage.guard(() => this.ledger.page(appId, after, limit));
  }

  override findSessionOwner(appId: string, sessionId: string): Promise<string | undefined> {
    return this.outage.guard(() => this.ledger.findSessionOwner(appId, sessionId));
  }

  override endedSession(user: UserRef, sessionId: string): Promise<EndedSession | undefined> {
    return this.outage.guard(() => this.ledger.endedSession(user, sessionId));
  }

  override sweep(revocationSeconds: number): Promise<number> {
    return this.outage.guard(() => this.ledger.sweep(revocationSeconds));
  }
}

export class GuardedAccountLedger extends AccountLedger {
  constructor(
    private readonly ledger: AccountLedger,
    private readonly outage: LedgerOutage,
  ) {
    super();
  }

  override read(accounts: readonly AccountRef[]): Promise<readonly (AccountRecord | undefined)[]> {
    return this.outage.guard(() => this.ledger.read(accounts));
  }

  override find(appId: string, name: AccountName): Promise<AccountEntry | undefined> {
    return this.outage.guard(() => this.ledger.find(appId, name));
  }

  override withEmail(
    appId: string,
    emailKey: string,
    limit: number,
  ): Promise<readonly AccountEntry[]> {
    return this.outage.guard(() => this.ledger.withEmail(appId, emailKey, limit));
  }

  override page(appId: string, after: string, limit: number): Promise<readonly AccountEntry[]> {
    return this.outage.guard(() => this.ledger.page(appId, after, limit));
  }
}

export class GuardedControlLedger extends ControlLedger {
  constructor(
    private readonly ledger: ControlLedger,
    private readonly outage: LedgerOutage,
  ) {
    super();
  }

  override read(): Promise<ControlReading> {
    return this.outage.guard(() => this.ledger.read());
  }

  override change<T>(
    decide: (state: ControlState, nowMs: number) => { writes: ControlWrites; result: T },
  ): Promise<T> {
    return this.outage.guard(() => this.ledger.change(decide));
  }
}

export class GuardedRevocationLog extends RevocationLog {
  constructor(
    private readonly log: RevocationLog,
    private readonly outage: LedgerOutage,
  ) {
    super();
  }

  override list(query: RevocationQuery): Promise<readonly Revocation[]> {
    return this.outage.guard(() => this.log.list(query));
  }

  override find(appId: string, id: string): Promise<Revocation | undefined> {
    return this.outage.guard(() => this.log.find(appId, id));
  }

  override standing(user: UserRef, boundary: number): Promise<readonly Revocation[]> {
    return this.outage.guard(() => this.log.standing(user, boundary));
  }

  override setAffected(appId: string, id: string, affectedSessions: number): Promise<void> {
    return this.outage.guard(() => this.log.setAffected(appId, id, affectedSessions));
  }

  override setRestored(appId: string, id: string, affectedSessions: number): Promise<void> {
    return this.outage.guard(() => this.log.setRestored(appId, id, affectedSessions));
  }
}

export class GuardedTicketLedger extends TicketLedger {
  constructor(
    private readonly ledger: TicketLedger,
    private readonly outage: LedgerOutage,
  ) {
    super();
  }

  override issue(
    tickets: readonly Omit<Ticket, 'expiresAt'>[],
    lifetimeSeconds: number,
  ): Promise<void> {
    return this.outage.guard(() => this.ledger.issue(tickets, lifetimeSeconds));
  }

  override try(tokenHash: string, kind: TicketKind, maxTries: number): Promise<readonly Ticket[]> {
    return this.outage.guard(() => this.ledger.try(tokenHash, kind, maxTries));
  }

  override giveBack(tokenHash: string, kind: TicketKind): Promise<void> {
    return this.outage.guard(() => this.ledger.giveBack(tokenHash, kind));
  }

  override clear(): Promise<void> {
    return this.outage.guard(() => this.ledger.clear());
  }

  override consume(tokenHash: string, kind: TicketKind): Promise<boolean> {
    return this.outage.guard(() => this.ledger.consume(tokenHash, kind));
  }

  override sweep(): Promise<number> {
    return this.outage.guard(() => this.ledger.sweep());
  }
}

export class GuardedAuditLog extends AuditLog {
  constructor(
    private readonly log: AuditLog,
    private readonly outage: LedgerOutage,
  ) {
    super();
  }

  override list(query: AuditQuery): Promise<readonly AuditEvent[]> {
    return this.outage.guard(() => this.log.list(query));
  }

  override add(event: Omit<AuditEvent, 'at'>): Promise<void> {
    return this.outage.guard(() => this.log.add(event));
  }

  override sweep(seconds: number): Promise<number> {
    return this.outage.guard(() => this.log.sweep(seconds));
  }
}
