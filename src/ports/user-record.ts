/** An IM user of an app. */
export interface UserRef {
  readonly appId: string;
  readonly userId: string;
}

/** One string for a user of an app, unambiguous whatever characters the ids hold. */
export function userKey(user: UserRef): string {
  return `${user.appId.length}:${user.appId}${user.userId}`;
}

export type UserStatus = 'active' | 'suspended';

/** Why a session ended for good; a revocation, which can be taken back, is not among them. */
export type FinalCause = 'kicked' | 'replaced' | 'business_session_ended';

/** A session that works, or that would if a revocation were taken back. */
export interface Session {
  readonly id: string;
  /** The user's version that admitted it: what "newer" means among sessions. */
  readonly version: number;
  /** OpenIM's platform id, 1–11. */
  readonly platformId: number;
  /** The caller's name for the device; empty when it gave none. */
  readonly deviceId: string;
  /** What its tokens may be used for, space-separated. */
  readonly scope: string;
  /** The app's epoch at its admission: what an app-wide revocation is measured by. */
  readonly epoch: number;
  /** Unix seconds of the ledger's clock. */
  readonly startedAt: number;
  /** Expiry of its newest token, Unix seconds: the session lives no longer. */
  readonly expiresAt: number;
  /**
   * Whether a revocation ends it that was not taken back (see `Revocation.boundary`); those of the
   * whole app are told by the epoch alone.
   */
  readonly revoked: boolean;
  /** The business session that it was born from, and with which it ends; empty: none. */
  readonly businessSessionId: string;
}

/** A session that ended for good, and what there is to say of its end. */
export interface SessionEnd {
  readonly session: Session;
  readonly cause: FinalCause;
  /** The session that kicked or replaced it, or the business session that ended. */
  readonly by: string;
  /** Unix seconds of the ledger's clock. */
  readonly endedAt: number;
}

/**
 * All that is decided about one IM user, kept in one row: whoever holds the row's lock decides
 * alone. Bounded, because every policy bounds the sessions of a platform.
 */
export interface UserRecord {
  /** Raised by every change. 0 before the first. */
  readonly version: number;
  readonly status: UserStatus;
  /** Role, carried by tokens; empty by default. */
  readonly role: string;
  readonly sessions: readonly Session[];
  /** The last that ended, newest first, at most {@link MAX_KEPT_ENDS}. */
  readonly ended: readonly SessionEnd[];
}

/** Ends that a record keeps at most. */
export const MAX_KEPT_ENDS = 8;
/**
 * Ends that it keeps when they would be more: the others are put aside together, because their
 * rows lie side by side and cost about as much as one.
 */
export const KEPT_ENDS = 4;

/** What a business server told us of a user, for people to read. */
export interface UserProfile {
  readonly nickname: string;
  readonly faceUrl: string;
  readonly ex: string;
}

/**
 * A copy of what checks need of a {@link UserRecord}. It may be lost, late or wiped; whether it is
 * believed is for the feed to say (`ledger/belief.ts`).
 */
export interface UserCopy extends UserRef {
  /** The incarnation of the ledger that it was read from. */
  readonly incarnation: number;
  readonly version: number;
  /** A position of the feed that was taken before the reading of the ledger that made this copy. */
  readonly position: number;
  readonly status: UserStatus;
  readonly role: string;
  /** Its sessions, as `copiedSessions` writes them and `standingOf` finds them. */
  readonly sessions: string;
}
