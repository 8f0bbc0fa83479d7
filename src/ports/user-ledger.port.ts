import type { AccountName, AccountRecord, AuditEvent } from './account-record.js';
import type { Restoration, Revocation } from './revocation.js';
import type { SessionEnd, UserProfile, UserRecord, UserRef } from './user-record.js';

/** An end that is put aside: it is no longer among those that the user's own record keeps. */
export interface EndedSession extends SessionEnd {
  readonly userId: string;
}

/** What an `Idempotency-Key` was first used for. */
export interface IdempotencyRecord {
  readonly key: string;
  readonly userId: string;
  /** Hash of the request that came with it. */
  readonly requestHash: string;
  /** What is needed to give the same answer again, as JSON; never a token. */
  readonly outcome: string;
  /** Unix seconds of the ledger's clock. */
  readonly createdAt: number;
}

export interface StoredUser {
  readonly record: UserRecord;
  readonly profile: UserProfile;
  /** Unix seconds. */
  readonly createdAt: number;
}

/** What a transaction sees once it holds the locks that it could get. */
export interface LockedUsers {
  /** The ledger's clock, Unix milliseconds. */
  readonly nowMs: number;
  /** The app's epoch: read, not locked. A session born with an old one is refused from birth. */
  readonly epoch: number;
  /** Sessions of the app up to this epoch are revoked; -1: none. Read together with the epoch. */
  readonly revokedEpoch: number;
  /**
   * The user ids that are ours to change: with their record, or with `undefined` when there is no
   * such user. An id that was asked for and is missing here is locked elsewhere.
   */
  readonly users: ReadonlyMap<string, StoredUser | undefined>;
  /** The records of those of the asked idempotency keys that exist and are not older than 24 h. */
  readonly idempotency: ReadonlyMap<string, IdempotencyRecord>;
  /** Of the users that the batch asks it for: their revocations that were not taken back. */
  readonly revocations: readonly Revocation[];
  /** As `users`, of the business accounts that were asked for. */
  readonly accounts: ReadonlyMap<string, AccountRecord | undefined>;
  /** Those of the names asked for that lead to an account: its id. */
  readonly names: ReadonlyMap<AccountName, string>;
}

/** What a transaction writes of the business tier. */
export interface BusinessWrites {
  readonly accounts: readonly { readonly accountId: string; readonly record: AccountRecord }[];
  /** Names that come to lead to an account of this batch. They must have been asked for. */
  readonly names: ReadonlyMap<AccountName, string>;
  /** Names that lead nowhere any more. */
  readonly droppedNames: readonly AccountName[];
  readonly audit: readonly AuditEvent[];
}

/**
 * What a transaction writes. Every row belongs to one of its users and shares that user's fate, or
 * to a user that doesn't exist and isn't made here: a revocation may name anyone.
 */
export interface UserWrites {
  readonly users: readonly {
    readonly userId: string;
    readonly record: UserRecord;
    /** Given when the user is new or its profile changed. */
    readonly profile?: UserProfile;
  }[];
  readonly ended: readonly EndedSession[];
  readonly revocations: readonly Revocation[];
  /** Ids of revocations, and how each was taken back. */
  readonly restorations: ReadonlyMap<string, Restoration>;
  readonly idempotency: readonly IdempotencyRecord[];
  /** Absent: nothing of the business tier. */
  readonly business?: BusinessWrites;
}

/** Whether a transaction has nothing to write: what is left belongs to users that it would write. */
export function writesNothing({ users, revocations, restorations, business }: UserWrites): boolean {
  return (
    users.length === 0 &&
    revocations.length === 0 &&
    restorations.size === 0 &&
    business === undefined
  );
}

export interface UserBatch {
  readonly appId: string;
  /** Unique; locked in ascending order. */
  readonly userIds: readonly string[];
  /** Unique. */
  readonly idempotencyKeys: readonly string[];
  /**
   * Whether all of the users must be written together: where one was created by somebody else
   * meanwhile, the transaction is run again instead of leaving that one out.
   */
  readonly whole: boolean;
  /** Whether `decide` needs the users' profiles; they are empty where it doesn't. */
  readonly withProfiles: boolean;
  /** Those of the users whose revocations `decide` needs. */
  readonly revocationsOf: readonly string[];
  /** Business accounts: unique; locked in ascending order, before the users. */
  readonly accountIds: readonly string[];
  /** Names of accounts whose owners `decide` needs. */
  readonly names: readonly AccountName[];
  /**
   * Decides, knowing what is locked. Pure and synchronous: the transaction may be run again.
   * Returning neither users nor revocations, made or taken back, nor anything of the business tier
   * writes nothing.
   */
  decide(locked: LockedUsers): UserWrites;
}

export interface Committed {
  readonly incarnation: number;
  /** Feed position, taken before the locked rows were read. */
  readonly position: number;
  /** Users whose writes took effect; one that is missing was created by somebody else meanwhile. */
  readonly written: ReadonlySet<string>;
}

export interface UserReading {
  readonly incarnation: number;
  /** Feed position, taken before the users were read. */
  readonly position: number;
  /** One for each that was asked for, in order; `undefined` where there is no such user. */
  readonly users: readonly (StoredUser | undefined)[];
}

export interface UserPageEntry {
  readonly userId: string;
  readonly record: UserRecord;
}

/**
 * The users' part of the ledger: the only place where anything about a user is decided.
 *
 * Failure: every method throws `BrokerError('ledger_unavailable')` when the ledger can't be
 * reached or asked; then nothing was done (but see `change`).
 */
export abstract class UserLedger {
  /**
   * One transaction: locks those of the accounts and users that nobody else has locked, lets
   * `decide` decide, writes what it returns together with one row of the feed that names every
   * changed user and its new version, and commits. All or nothing, but for users created by somebody
   * else meanwhile, which are left out whole; where somebody else took one of the names meanwhile,
   * it is run again. When the answer to a commit is lost, it finds out what
   * became of it before it returns or throws; only where the ledger stays away for longer than
   * that takes is the outcome unknown, and the error says so.
   */
  abstract change(batch: UserBatch): Promise<Committed>;

  /** The users as they are now, in one statement. */
  abstract read(users: readonly UserRef[]): Promise<UserReading>;

  /** The user that a session of this app belongs or belonged to. */
  abstract findSessionOwner(appId: string, sessionId: string): Promise<string | undefined>;

  /** How a session ended whose end was put aside, while that is remembered. */
  abstract endedSession(user: UserRef, sessionId: string): Promise<EndedSession | undefined>;

  /** Users of an app in the order of their ids, from behind `after` on: at most `limit`. */
  abstract page(appId: string, after: string, limit: number): Promise<readonly UserPageEntry[]>;

  /**
   * Forgets ended sessions and idempotency records that nobody can ask for any more, and the
   * records of revocations that are older than `revocationSeconds`.
   * Returns how many rows went.
   */
  abstract sweep(revocationSeconds: number): Promise<number>;
}
