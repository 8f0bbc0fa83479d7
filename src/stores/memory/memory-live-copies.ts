import { LRUCache } from 'lru-cache';
import type { Clock } from '../../common/clock.js';
import { type CopyPlace, OwnCopies } from '../../ports/live-copies.port.js';
import { type UserCopy, userKey, type UserRef } from '../../ports/user-record.js';

export interface MemoryLiveCopiesOptions {
  /** How many users' copies are kept at most; the least recently used go first. */
  readonly maxCopies: number;
  /** How long after it was put a copy vanishes. */
  readonly windowSeconds: number;
}

interface Place extends CopyPlace {
  copy: UserCopy | undefined;
}

/**
 * Copies in this process's memory.
 *
 * Bounded by count: a copy of a few sessions takes about 1 kB, and at most `maxCopies` are kept.
 * `get` never gives out a copy past its time; its room is taken back when it is asked for, by
 * {@link sweep}, or by a newcomer.
 */
export class MemoryLiveCopies extends OwnCopies {
  readonly #places: LRUCache<string, Place>;

  constructor(options: MemoryLiveCopiesOptions, clock: Clock) {
    super();
    this.#places = new LRUCache({
      max: options.maxCopies,
      ttl: options.windowSeconds * 1000,
      ttlResolution: 0,
      // The cache takes a start of 0 for "never expires".
      perf: { now: () => clock.monotonicMs() + 1 },
      dispose: (place) => {
        place.copy = undefined;
      },
    });
  }

  /** How many copies are held, those past their time included. */
  get size(): number {
    return this.#places.size;
  }

  override get(user: UserRef): Promise<UserCopy | undefined> {
    return Promise.resolve(this.#places.get(userKey(user))?.copy);
  }

  override place(key: string): CopyPlace | undefined {
    return this.#places.get(key);
  }

  override put(copies: readonly UserCopy[]): Promise<void> {
    for (const copy of copies) {
      const key = userKey(copy);
      const place = this.#places.get(key) ?? { key, copy: undefined };
      if (place.copy !== undefined && isNewer(place.copy, copy)) continue;
      place.copy = copy;
      this.#places.set(key, place);
    }
    return Promise.resolve();
  }

  /** Lets go of the copies past their time. */
  sweep(): void {
    this.#places.purgeStale();
  }
}

function isNewer(a: UserCopy, b: UserCopy): boolean {
  if (a.incarnation !== b.incarnation) return a.incarnation > b.incarnation;
  if (a.version !== b.version) return a.version > b.version;
  return a.position > b.position;
}
