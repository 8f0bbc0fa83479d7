import { LRUCache } from 'lru-cache';
import type { Clock } from '../../common/clock.js';
import { LiveCopies } from '../../ports/live-copies.port.js';
import { type UserCopy, userKey, type UserRef } from '../../ports/user-record.js';

export interface MemoryLiveCopiesOptions {
  /** How many users' copies are kept at most; the least recently used go first. */
  readonly maxCopies: number;
  /** How long after it was put a copy vanishes. */
  readonly windowSeconds: number;
}

/**
 * Copies in this process's memory.
 *
 * Bounded by count: a copy of a few sessions takes about 1 kB, and at most `maxCopies` are kept.
 * A copy past its time is never given out; its room is taken back when it is asked for, by
 * {@link sweep}, or by a newcomer.
 */
export class MemoryLiveCopies extends LiveCopies {
  readonly #copies: LRUCache<string, UserCopy>;

  constructor(options: MemoryLiveCopiesOptions, clock: Clock) {
    super();
    this.#copies = new LRUCache({
      max: options.maxCopies,
      ttl: options.windowSeconds * 1000,
      ttlResolution: 0,
      // The cache takes a start of 0 for "never expires".
      perf: { now: () => clock.monotonicMs() + 1 },
    });
  }

  /** How many copies are held, those past their time included. */
  get size(): number {
    return this.#copies.size;
  }

  override get(user: UserRef): Promise<UserCopy | undefined> {
    return Promise.resolve(this.#copies.get(userKey(user)));
  }

  override put(copies: readonly UserCopy[]): Promise<void> {
    for (const copy of copies) {
      const key = userKey(copy);
      const kept = this.#copies.get(key);
      if (kept === undefined || !isNewer(kept, copy)) this.#copies.set(key, copy);
    }
    return Promise.resolve();
  }

  /** Lets go of the copies past their time. */
  sweep(): void {
    this.#copies.purgeStale();
  }
}

function isNewer(a: UserCopy, b: UserCopy): boolean {
  if (a.incarnation !== b.incarnation) return a.incarnation > b.incarnation;
  if (a.version !== b.version) return a.version > b.version;
  return a.position > b.position;
}
