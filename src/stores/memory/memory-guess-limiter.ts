import type { Clock } from '../../common/clock.js';
import { BrokerError } from '../../common/errors.js';
import { type GuessCount, type GuessLimit, GuessLimiter } from '../../ports/guess-limiter.port.js';
import { hashKey } from '../hash-key.js';

interface Window {
  count: number;
  readonly endsAtMs: number;
}

/** Windows that are kept at once, unless another number is given: some 40 MB. */
const MAX_WINDOWS = 200_000;
/** To go through all of them costs tens of milliseconds. */
const SWEEP_EVERY_MS = 1000;

/**
 * Counts in this process's memory, by the monotonic clock. A broker that starts again has forgotten
 * them.
 *
 * Bounded by `maxWindows`. When there are so many, the oldest window **with a single try** gives
 * way. That is worth nothing to who guesses: one more try at a name, for `maxWindows` tries at
 * others. It keeps who floods the limiter with names from shutting everybody out. Windows with more
 * tries are never let go before their end; full of those, the limiter fails closed for whoever has
 * no window yet.
 *
 * rate-limiter-flexible's memory store is not used: it has no bound, a timer for each key (which
 * ends windows of more than 24 days at once), and the wall clock.
 */
export class MemoryGuessLimiter extends GuessLimiter {
  /** By hashed key, the oldest first. */
  readonly #single = new Map<string, Window>();
  readonly #repeated = new Map<string, Window>();
  #sweptAtMs = -Infinity;

  constructor(
    private readonly clock: Clock,
    private readonly maxWindows = MAX_WINDOWS,
  ) {
    super();
  }

  /** Windows that are kept, those that have ended included. */
  get size(): number {
    return this.#single.size + this.#repeated.size;
  }

  override async take(limit: GuessLimit, key: string): Promise<GuessCount> {
    const place = placeOf(limit, key);
    const now = this.clock.monotonicMs();
    const window = this.#running(place, now) ?? this.#begin(place, limit, now);
    const allowed = window.count < limit.attempts;
    if (allowed) this.#recount(place, window, window.count + 1);
    return {
      allowed,
      limit,
      remaining: Math.max(0, limit.attempts - window.count),
      resetSeconds: Math.ceil((window.endsAtMs - now) / 1000),
      endsAtMs: window.endsAtMs,
    };
  }

  override async giveBack({ allowed, limit, endsAtMs }: GuessCount, key: string): Promise<void> {
    const place = placeOf(limit, key);
    const window = this.#running(place, this.clock.monotonicMs());
    if (!allowed || window?.endsAtMs !== endsAtMs) return;
    this.#recount(place, window, window.count - 1);
  }

  /** Lets go of the windows that have ended. */
  sweep(): void {
    const now = this.clock.monotonicMs();
    this.#sweptAtMs = now;
    for (const windows of [this.#single, this.#repeated]) {
      for (const [place, { endsAtMs }] of windows) if (endsAtMs <= now) windows.delete(place);
    }
  }

  #running(place: string, now: number): Window | undefined {
    const window = this.#single.get(place) ?? this.#repeated.get(place);
    return window !== undefined && window.endsAtMs > now ? window : undefined;
  }

  #begin(place: string, { perSeconds }: GuessLimit, now: number): Window {
    this.#forget(place);
    this.#makeRoom(now);
    return { count: 0, endsAtMs: now + perSeconds * 1000 };
  }

  #makeRoom(now: number): void {
    if (this.size >= this.maxWindows && now - this.#sweptAtMs >= SWEEP_EVERY_MS) this.sweep();
    if (this.size < this.maxWindows) return;
    const [oldest] = this.#single.keys();
    if (oldest === undefined) {
      throw new BrokerError('limiter_unavailable', 'tries can not be counted now');
    }
    this.#single.delete(oldest);
  }

  #recount(place: string, window: Window, count: number): void {
    window.count = count;
    this.#forget(place);
    if (count === 1) this.#single.set(place, window);
    if (count > 1) this.#repeated.set(place, window);
  }

  #forget(place: string): void {
    this.#single.delete(place);
    this.#repeated.delete(place);
  }
}

function placeOf({ name }: GuessLimit, key: string): string {
  return `${hashKey(key)} ${name}`;
}
