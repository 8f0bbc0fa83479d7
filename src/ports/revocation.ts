/** What a revocation of something of one user is aimed at. A token stands for its session. */
export type UserTarget =
  | { readonly type: 'token'; readonly userId: string; readonly tokenId: string }
  | { readonly type: 'session'; readonly userId: string; readonly sessionId: string }
  | { readonly type: 'device'; readonly userId: string; readonly deviceId: string }
  | { readonly type: 'platform'; readonly userId: string; readonly platformId: number }
  | { readonly type: 'user'; readonly userId: string };

export type RevocationTarget = UserTarget | { readonly type: 'app' };

/**
 * One order to end sessions: by whom, when and why. It is a boundary, not a list: it ends what its
 * target names among the sessions admitted up to then, and none that is admitted later.
 */
export interface Revocation {
  readonly id: string;
  readonly target: RevocationTarget;
  /**
   * The last it ends: of a user's sessions those up to this version; of an app's, where the whole
   * app is revoked, those up to this epoch.
   */
  readonly boundary: number;
  readonly reason: string;
  /** Unix seconds of the ledger's clock. */
  readonly createdAt: number;
  readonly createdBy: string;
  /** Unix seconds: when the last token that it could refuse has expired. */
  readonly expiresAt: number;
  /** Sessions that worked until then; null until those of a whole app have been counted. */
  readonly affectedSessions: number | null;
  /** Set once it has been taken back. */
  readonly restoration: Restoration | null;
}

/** How a revocation was taken back. */
export interface Restoration {
  /** Unix seconds of the ledger's clock. */
  readonly restoredAt: number;
  readonly restoredBy: string;
  readonly reason: string;
  /** Sessions that work again; null where those of a whole app have not been counted. */
  readonly affectedSessions: number | null;
}

/** The user that a revocation is about; empty: the whole app. */
export function revokedUser({ target }: Pick<Revocation, 'target'>): string {
  return target.type === 'app' ? '' : target.userId;
}
