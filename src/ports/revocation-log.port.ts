import type { Revocation } from './revocation.js';
import type { UserRef } from './user-record.js';

/** Which revocations of an app are asked for. */
export interface RevocationQuery {
  readonly appId: string;
  /** Those of one user; absent: all, those of the whole app included. */
  readonly userId?: string;
  /** Only those older than this one, as it was listed. */
  readonly before?: { readonly createdAt: number; readonly id: string };
  readonly limit: number;
}

/**
 * The record of revocations, for reading. They are written where they are decided: in the user
 * transaction, those of a whole app in the control part.
 *
 * Failure: throws `BrokerError('ledger_unavailable')`.
 */
export abstract class RevocationLog {
  /** Newest first; of the same second, by id. */
  abstract list(query: RevocationQuery): Promise<readonly Revocation[]>;

  abstract find(appId: string, id: string): Promise<Revocation | undefined>;

  /**
   * Those of a user that were not taken back and reach at least up to `boundary`, newest first, at
   * most a hundred.
   */
  abstract standing(user: UserRef, boundary: number): Promise<readonly Revocation[]>;

  /** Notes how many sessions an app-wide revocation ended, once that has been counted. */
  abstract setAffected(appId: string, id: string, affectedSessions: number): Promise<void>;

  /** The same for its being taken back. */
  abstract setRestored(appId: string, id: string, affectedSessions: number): Promise<void>;
}
