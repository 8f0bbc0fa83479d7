import type { Clock } from '../../common/clock.js';
import { BrokerError } from '../../common/errors.js';
import { type GuessCount, type GuessLimit, GuessLimiter } from '../../ports/guess-limiter.port.js';

interface Window {
  count: number;
  readonly endsAtMs: number;
}

/** Keys that are counted at once, at most: some 30 MB. */
export const MAX_GUESS_KEYS = 200_000;

/**
 * Counts in this process's memory, in fixed windows.
 *
 * Bounded: when it is full of windows that still run it fails closed. Forgetting one of them would
 * give whoever can fill it their tries back. (rate-limiter-flexible's memory store has no bound and
 * a timer for each key, so it is not used here.)
 */
export class MemoryGuessLimiter extends GuessLimiter {
  readonly #windows = new Map<string, Window>();

  constructor(
    private readonly clock: Clock,
    private readonly maxKeys = MAX_GUESS_KEYS,
  ) {
    super();
  }

  override async take(limit: GuessLimit, key: string): Promise<GuessCount> {
    const window = this.#window(limit, key);
    const allowed = window.count < limit.attempts;
    if (allowed) window.count += 1;
    return {
      allowed,
      limit,
      remaining: limit.attempts - window.count,
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
    for (const [place, { endsAtMs }] of this.#windows) {
      if (endsAtMs <= now) this.#windows.delete(place);
    }
  }

  #window(limit: GuessLimit, key: string): Window {
    const place = placeOf(limit, key);
    const now = this.clock.monotonicMs();
    const running = this.#windows.get(place);
    if (running !== undefined && running.endsAtMs > now) return running;
    if (running === undefined && this.#windows.size >= this.maxKeys) this.sweep();
    if (running === undefined && this.#windows.size >= this.maxKeys) {
      throw new BrokerError('limiter_unavailable', 'tries can not be counted now');
    }
    const window = { count: 0, endsAtMs: now + limit.perSeconds * 1000 };
    this.#windows.set(place, window);
    return window;
  }
}

function placeOf({ name }: GuessLimit, key: string): string {
  return `${name} ${key}`;
}
