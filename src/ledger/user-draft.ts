import { BrokerError } from '../common/errors.js';
import { toUnixSeconds } from '../common/clock.js';
import type {
  EndedSession,
  IdempotencyRecord,
  LockedUsers,
  StoredUser,
  UserWrites,
} from '../ports/user-ledger.port.js';
import { type Restoration, type Revocation, revokedUser } from '../ports/revocation.js';
import type { Session, UserProfile, UserRecord } from '../ports/user-record.js';

/** A change of users of one app, decided under their locks. */
export interface UserCommand<Result> {
  readonly appId: string;
  /** The users that it may touch: unique. */
  readonly userIds: readonly string[];
  readonly idempotencyKey?: string;
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

/** What has been decided so far in one transaction, command after command. */
export class BatchDraft {
  readonly users = new Map<string, StagedUser>();
  readonly idempotency = new Map<string, IdempotencyRecord>();
  readonly ended: EndedSession[] = [];
  readonly revocations = new Map<string, Revocation>();
  readonly restorations = new Map<string, Restoration>();

  constructor(readonly locked: LockedUsers) {}

  /** Whether every user of a command is ours to change. */
  holds(userIds: readonly string[]): boolean {
    return userIds.every((userId) => this.locked.users.has(userId));
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
  }

  #stored(userId: string): StoredUser | undefined {
    if (!this.batch.locked.users.has(userId)) {
      throw new BrokerError('internal', 'a command touched a user that it had not named');
    }
    return this.batch.locked.users.get(userId);
  }
}
