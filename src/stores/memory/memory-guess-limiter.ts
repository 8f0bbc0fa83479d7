import type { Clock } from '../../common/clock.js';
import { BrokerError } from '../../common/errors.js';
import { type GuessCount, type GuessLimit, GuessLimiter } from '../../ports/guess-limiter.port.js';
import { hashKey } from '../hash-key.js';

interface Window {
  count: number;
  readonly endsAtMs: number;
}

/** Keys that are counted at once, at most: some 40 MB. */
export const MAX_GUESS_KEYS = 200_000;
/** Full of windows that run, it is looked through no more often than this. */
const SWEEP_PAUSE_MS = 1000;

/**
 * Counts in this process's memory, in fixed windows.
 *
 * A broker that starts again has forgotten them. Bounded: when it is full of windows that still run
 * it fails closed. Forgetting one of them would give whoever can fill it their tries back. (rate-limiter-flexible's memory store has no bound and
 * a timer for each key, so it is not used here.)
 */
export class MemoryGuessLimiter extends GuessLimiter {
  readonly #windows = new Map<string, Window>();
  #sweptAtMs = -Infinity;

  constructor(
    private readonly clock: Clock,
    private readonly maxKeys = MAX_GUESS_KEYS,
  ) {
    super();
  }

  /** How many windows are held, those that have ended included. */
  get size(): number {
    return this.#windows.size;
  }

  override async take(limit: GuessLimit, key: string): Promise<GuessCount> {
    const window = this.#window(limit, key);
    const allowed = window.count < limit.attempts;
    if (allowed) window.count += 1;
    return {
      allowed,
      limit,
      remaining: Math.max(0, limit.attempts - window.count),
      resetSeconds: Math.ceil((window.endsAtMs - this.clock.monotonicMs()) / 1000),
    };
  }

  override async giveBack(limit: GuessLimit, key: string): Promise<void> {
    const window = this.#windows.get(placeOf(limit, key));
    if (window !== undefined && window.count > 0) window.count -= 1;
  }

  /** Lets go of the windows that have ended. */
  sweep(): void {
    const now = this.clock.monotonicMs();
    this.#sweptAtMs = now;
    for (const [place, { endsAtMs }] of this.#windows) {
      if (endsAtMs <= now) this.#windows.delete(place);
    }
  }

  #window(limit: GuessLimit, key: string): Window {
    const place = placeOf(limit, key);
    const now = this.clock.monotonicMs();
    const running = this.#windows.get(place);
    if (running !== undefined && running.endsAtMs > now) return running;
    if (running === undefined) this.#makeRoom(now);
    const window = { count: 0, endsAtMs: now + limit.perSeconds * 1000 };
    this.#windows.set(place, window);
    return window;
  }

  #makeRoom(now: number): void {
    const isFull = () => this.#windows.size >= this.maxKeys;
    if (isFull() && now - this.#sweptAtMs >= SWEEP_PAUSE_MS) this.sweep();
    if (isFull()) throw new BrokerError('limiter_unavailable', 'tries can not be counted now');
  }
}

function placeOf({ name }: GuessLimit, key: string): string {
  return `${hashKey(key)} ${name}`;
}
