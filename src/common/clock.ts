import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Where time comes from. Decisions about tokens and sessions use the ledger's clock instead
 * (see `ports/user-ledger.port.ts`); this one dates what a broker says of itself, tests the
 * expiry of a token, and measures durations.
 */
export abstract class Clock {
  /** Wall time in Unix milliseconds; may jump. */
  abstract nowMs(): number;
  /** Milliseconds from an arbitrary start; never goes back. Only differences mean anything. */
  abstract monotonicMs(): number;
  /** Resolves when so many milliseconds have passed. */
  abstract sleep(ms: number): Promise<void>;
}

/** The machine's own clocks. */
export class SystemClock extends Clock {
  override nowMs(): number {
    return Date.now();
  }

  override monotonicMs(): number {
    return performance.now();
  }

  override sleep(ms: number): Promise<void> {
    return sleep(ms);
  }
}

/** Unix milliseconds to Unix seconds, the unit of JWT (RFC 7519 §2, NumericDate). */
export function toUnixSeconds(ms: number): number {
  return Math.floor(ms / 1000);
}

/** The last time that was asked for: tokens minted in one second mostly end in one, too. */
let last = { unixSeconds: 0, time: '1970-01-01T00:00:00.000Z' };

/** Unix seconds as an RFC 3339 time. */
export function asTime(unixSeconds: number): string {
  if (last.unixSeconds !== unixSeconds) {
    last = { unixSeconds, time: new Date(unixSeconds * 1000).toISOString() };
  }
  return last.time;
}
