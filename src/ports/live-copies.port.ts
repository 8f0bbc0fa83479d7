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

/** Where a broker keeps its own copy of one user. */
export interface CopyPlace {
  /** The user's `userKey`. */
  readonly key: string;
  /** What is kept there now; undefined for good once the store has let go of it. */
  readonly copy: UserCopy | undefined;
}

/** Copies in a broker's own memory. */
export abstract class OwnCopies extends LiveCopies {
  /**
   * The place of the copy that is kept for a user, if any, by its `userKey`. Whoever holds on to it
   * sees every copy that is put there, without another look-up, also one past its time.
   */
  abstract place(key: string): CopyPlace | undefined;
}
