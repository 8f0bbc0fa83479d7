import type { UserCopy, UserRef } from './user-record.js';

/**
 * Where copies of users are kept for fast checks. It promises little: any copy may be missing,
 * old, or gone the next moment, and nothing is decided here.
 *
 * Failure: `get` and `put` throw when the store can't be asked; callers take that for a miss.
 */
export abstract class LiveCopies {
  /** The copy kept for a user, if any. */
  abstract get(user: UserRef): Promise<UserCopy | undefined>;

  /**
   * Keeps each copy unless the one kept is newer: by incarnation, then version, then position.
   * Atomic per copy. Copies vanish `checks.windowSeconds` after they were put.
   */
  abstract put(copies: readonly UserCopy[]): Promise<void>;
}
