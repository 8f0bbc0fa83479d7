import { BrokerError } from '../common/errors.js';
import { toUnixSeconds } from '../common/clock.js';
import type { AccountName, AccountRecord, AuditEvent } from '../ports/account-record.js';
import type {
  BusinessWrites,
  EndedSession,
  IdempotencyRecord,
  LockedUsers,
  StoredUser,
  UserWrites,
} from '../ports/user-ledger.port.js';
import { type Restoration, type Revocation, revokedUser } from '../ports/revocation.js';
import type { Session, UserProfile, UserRecord } from '../ports/user-record.js';

/** A change of users and business accounts of one app, decided under their locks. */
export interface UserCommand<Result> {
  readonly appId: string;
  /** The users that it may touch: unique. */
  readonly userIds: readonly string[];
  readonly idempotencyKey?: string;
  /** The business accounts that it may touch: unique. */
  readonly accountIds?: readonly string[];
  /** The names of accounts that it looks at or takes. */
  readonly names?: readonly AccountName[];
  /** Whether it looks at profiles. */
  readonly needsProfiles?: true;
  /** Whether it looks at the users' revocations. */
  readonly needsRevocations?: true;
  /**
   * Decides. Pure and synchronous, because the transaction may be run again; throwing abandons
   * this command and no other.
   */
  decide(draft: UserDraft): Result;
}

interface StagedUser {
  readonly record: UserRecord;
  readonly profile: UserProfile | undefined;
}

/** What has been decided of the business tier. */
class BusinessDraft {
  readonly accounts = new Map<string, AccountRecord>();
  /** Account id; null: the name leads nowhere any more. */
  readonly names = new Map<AccountName, string | null>();
  readonly audit: AuditEvent[] = [];

  get isEmpty(): boolean {
    return this.accounts.size === 0 && this.audit.length === 0;
  }

  addAll(other: BusinessDraft): void {
    for (const [accountId, record] of other.accounts) this.accounts.set(accountId, record);
    for (const [name, accountId] of other.names) this.names.set(name, accountId);
    this.audit.push(...other.audit);
  }

  writes(): BusinessWrites {
    const taken = new Map<AccountName, string>();
    const droppedNames: AccountName[] = [];
    for (const [name, accountId] of this.names) {
      if (accountId === null) droppedNames.push(name);
      else taken.set(name, accountId);
    }
    const accounts = [...this.accounts].map(([accountId, record]) => ({ accountId, record }));
    return { accounts, names: taken, droppedNames, audit: this.audit };
  }
}

/** What has been decided so far in one transaction, command after command. */
export class BatchDraft {
  readonly users = new Map<string, StagedUser>();
  readonly idempotency = new Map<string, IdempotencyRecord>();
  readonly ended: EndedSession[] = [];
  readonly revocations = new Map<string, Revocation>();
  readonly restorations = new Map<string, Restoration>();

  readonly business = new BusinessDraft();

  constructor(readonly locked: LockedUsers) {}

  /** Whether every user and account of a command is ours to change. */
  holds({ userIds, accountIds = [] }: UserCommand<unknown>): boolean {
    const { users, accounts } = this.locked;
    return userIds.every((id) => users.has(id)) && accountIds.every((id) => accounts.has(id));
  }

  writes(): UserWrites {
    return {
      users: [...this.users].map(([userId, { record, profile }]) => ({
        userId,
        record,
        ...(profile === undefined ? {} : { profile }),
      })),
      ended: this.ended,
      revocations: [...this.revocations.values()],
      restorations: this.restorations,
      idempotency: [...this.idempotency.values()],
      ...(this.business.isEmpty ? {} : { business: this.business.writes() }),
    };
  }
}

/**
 * One command's view of the transaction: it sees what earlier commands decided, and its own
 * decisions count only when it ends well ({@link keep}).
 */
export class UserDraft {
  // Made when they are needed: most commands stage one user and little else.
  #users: Map<string, StagedUser> | undefined;
  #ended: EndedSession[] | undefined;
  #revocations: Map<string, Revocation> | undefined;
  #restorations: Map<string, Restoration> | undefined;
  #remembered: IdempotencyRecord | undefined;
  #business: BusinessDraft | undefined;

  constructor(
    private readonly batch: BatchDraft,
    readonly appId: string,
  ) {}

  /** The ledger's clock, Unix seconds. */
  get now(): number {
    return toUnixSeconds(this.batch.locked.nowMs);
  }

  /** The app's epoch. */
  get epoch(): number {
    return this.batch.locked.epoch;
  }

  /** Whether no revocation ends a session, its own or one of the whole app. */
  works({ revoked, epoch }: Session): boolean {
    return !revoked && epoch > this.batch.locked.revokedEpoch;
  }

  /** The user as it stands, or undefined when there is none. */
  record(userId: string): UserRecord | undefined {
    const staged = this.#users?.get(userId) ?? this.batch.users.get(userId);
    return staged?.record ?? this.#stored(userId)?.record;
  }

  /** Only for commands that say that they need it. */
  profile(userId: string): UserProfile | undefined {
    const staged = this.#users?.get(userId)?.profile ?? this.batch.users.get(userId)?.profile;
    return staged ?? this.#stored(userId)?.profile;
  }

  /** Stages a user's new state; its version must be the old one plus one. */
  put(userId: string, record: UserRecord, profile?: UserProfile): void {
    const before = this.#users?.get(userId) ?? this.batch.users.get(userId);
    this.#users ??= new Map();
    this.#users.set(userId, { record, profile: profile ?? before?.profile });
  }

  /** Stages the end of a session that its user's record has no room for. */
  putAside(ended: EndedSession): void {
    (this.#ended ??= []).push(ended);
  }

  /** Stages a revocation. */
  revoke(revocation: Revocation): void {
    (this.#revocations ??= new Map()).set(revocation.id, revocation);
  }

  /** Stages that a revocation of {@link revocations} was taken back. */
  restore(id: string, restoration: Restoration): void {
    (this.#restorations ??= new Map()).set(id, restoration);
  }

  /**
   * The user's revocations that were not taken back; only for commands that say that they need
   * them.
   */
  revocations(userId: string): Revocation[] {
    const known = [...this.batch.locked.revocations, ...this.batch.revocations.values()];
    return known.filter(
      (revocation) =>
        revokedUser(revocation) === userId && !this.batch.restorations.has(revocation.id),
    );
  }

  /** The account as it stands, or undefined when there is none. */
  account(accountId: string): AccountRecord | undefined {
    const { locked, business } = this.batch;
    if (!locked.accounts.has(accountId)) {
      throw new BrokerError('internal', 'a command touched an account that it had not named');
    }
    return (
      this.#business?.accounts.get(accountId) ??
      business.accounts.get(accountId) ??
      locked.accounts.get(accountId)
    );
  }

  /** Stages an account's new state; its version must be the old one plus one. */
  putAccount(accountId: string, record: AccountRecord): void {
    (this.#business ??= new BusinessDraft()).accounts.set(accountId, record);
  }

  /**
   * The account that a name leads to; only for names that the command named. One that an earlier
   * command of the transaction dropped is free when that is committed, and not before.
   */
  accountNamed(name: AccountName): string | undefined {
    const { locked, business } = this.batch;
    return this.#business?.names.get(name) ?? business.names.get(name) ?? locked.names.get(name);
  }

  /** Stages that a name, which leads nowhere now, leads to an account that is staged. */
  takeName(name: AccountName, accountId: string): void {
    (this.#business ??= new BusinessDraft()).names.set(name, accountId);
  }

  /** Stages that a name leads nowhere any more. */
  dropName(name: AccountName): void {
    (this.#business ??= new BusinessDraft()).names.set(name, null);
  }

  /** Stages an event of the audit record. */
  audit(event: Omit<AuditEvent, 'appId' | 'at'>): void {
    const { appId, now: at } = this;
    (this.#business ??= new BusinessDraft()).audit.push({ ...event, appId, at });
  }

  /** What an idempotency key was used for before. */
  remembered(key: string): IdempotencyRecord | undefined {
    return this.batch.idempotency.get(key) ?? this.batch.locked.idempotency.get(key);
  }

  remember(record: IdempotencyRecord): void {
    this.#remembered = record;
  }

  /** Makes this command's decisions part of the transaction. */
  keep(): void {
    if (this.#users !== undefined) {
      for (const [userId, staged] of this.#users) this.batch.users.set(userId, staged);
    }
    if (this.#ended !== undefined) this.batch.ended.push(...this.#ended);
    for (const [id, one] of this.#revocations ?? []) this.batch.revocations.set(id, one);
    for (const [id, one] of this.#restorations ?? []) this.batch.restorations.set(id, one);
    if (this.#remembered !== undefined) {
      this.batch.idempotency.set(this.#remembered.key, this.#remembered);
    }
    if (this.#business !== undefined) this.batch.business.addAll(this.#business);
  }

  #stored(userId: string): StoredUser | undefined {
    if (!this.batch.locked.users.has(userId)) {
      throw new BrokerError('internal', 'a command touched a user that it had not named');
    }
    return this.batch.locked.users.get(userId);
  }
}
