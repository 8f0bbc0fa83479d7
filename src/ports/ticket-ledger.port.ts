/** What a ticket is for. */
export type TicketKind = 'mfa' | 'recovery' | 'passkey_registration' | 'passkey_login';

/** Something begun that its owner has to finish: the second step of a login, a recovery. */
export interface Ticket {
  /** SHA-256 of the token that its owner holds. */
  readonly tokenHash: string;
  readonly appId: string;
  /** Empty: it is not known yet whose it is. One token may stand for several accounts. */
  readonly accountId: string;
  readonly kind: TicketKind;
  /** What it takes to finish, as the kind wants it; JSON, without secrets in clear. */
  readonly payload: string;
  /** Unix seconds of the ledger's clock. */
  readonly expiresAt: number;
}

/**
 * Tickets: short-lived, used once, tried a few times. They decide nothing about an account; what
 * they lead to is decided in the user transaction.
 *
 * Failure: throws `BrokerError('ledger_unavailable')`. A ticket whose fate is not known counts as
 * used.
 */
export abstract class TicketLedger {
  /** Adds them all or none. `lifetimeSeconds` is counted by the ledger's clock. */
  abstract issue(
    tickets: readonly Omit<Ticket, 'expiresAt'>[],
    lifetimeSeconds: number,
  ): Promise<void>;

  /**
   * Counts a try against each ticket of this token, atomically, and returns those that had one
   * left of `maxTries` and have not expired. Concurrent tries never get more than `maxTries`.
   */
  abstract try(tokenHash: string, kind: TicketKind, maxTries: number): Promise<readonly Ticket[]>;

  /** Gives one try back to each ticket of this token: it was no guess. To be asked once a try. */
  abstract giveBack(tokenHash: string, kind: TicketKind): Promise<void>;

  /** Uses up every ticket of this token. Of concurrent calls one returns true. */
  abstract consume(tokenHash: string, kind: TicketKind): Promise<boolean>;

  /** Forgets all. */
  abstract clear(): Promise<void>;

  /** Forgets those that have expired. Returns how many went. */
  abstract sweep(): Promise<number>;
}
