import type { SessionEnd, UserProfile, UserRecord, UserRef } from './user-record.js';

/** An end that is put aside: it is no longer among those that the user's own record keeps. */
export interface EndedSession extends SessionEnd {
  readonly userId: string;
}

/** What a revocation was aimed at. */
export type RevocationTarget =
  | { readonly type: 'session'; readonly userId: string; readonly sessionId: string }
  | { readonly type: 'device'; readonly userId: string; readonly deviceId: string }
  | { readonly type: 'platform'; readonly userId: string; readonly platformId: number }
  | { readonly type: 'user'; readonly userId: string };

/** One order to end sessions: by whom, when and why. */
export interface Revocation {
  readonly id: string;
  readonly userId: string;
  readonly target: RevocationTarget;
  readonly reason: string;
  /** Unix seconds of the ledger's clock. */
  readonly createdAt: number;
  readonly createdBy: string;
  /** How many sessions it ended. */
  readonly affectedSessions: number;
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
  /**
   * The user ids that are ours to change: with their record, or with `undefined` when there is no
   * such user. An id that was asked for and is missing here is locked elsewhere.
   */
  readonly users: ReadonlyMap<string, StoredUser | undefined>;
  /** The records of those of the asked idempotency keys that exist and are not older than 24 h. */
  readonly idempotency: ReadonlyMap<string, IdempotencyRecord>;
}

/** What a transaction writes. Every row belongs to one of its users and shares that user's fate. */
export interface UserWrites {
  readonly users: readonly {
    readonly userId: string;
    readonly record: UserRecord;
    /** Given when the user is new or its profile changed. */
    readonly profile?: UserProfile;
  }[];
  readonly ended: readonly EndedSession[];
  readonly revocations: readonly Revocation[];
  readonly idempotency: readonly IdempotencyRecord[];
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
  /**
   * Decides, knowing what is locked. Pure and synchronous: the transaction may be run again.
   * Returning no users writes nothing.
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

/**
 * The users' part of the ledger: the only place where anything about a user is decided.
 *
 * Failure: every method throws `BrokerError('ledger_unavailable')` when the ledger can't be
 * reached or asked; then nothing was done (but see `change`).
 */
export abstract class UserLedger {
  /**
   * One transaction: locks those of the users that nobody else has locked, lets `decide` decide,
   * writes what it returns together with one row of the feed that names every changed user and
   * its new version, and commits. All or nothing, but for users created by somebody else
   * meanwhile, which are left out whole. When the answer to a commit is lost, it finds out what
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

  /** The revocations with these ids, in no order. */
  abstract revocations(appId: string, ids: readonly string[]): Promise<readonly Revocation[]>;

  /**
   * Forgets ended sessions and idempotency records that nobody can ask for any more.
   * Returns how many rows went.
   */
  abstract sweep(): Promise<number>;
}
