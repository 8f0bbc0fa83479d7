import { setTimeout as sleep } from 'node:timers/promises';
import { nowMs } from '../now.js';

interface Beat {
  readonly from: number;
  readonly until: number;
}

/** Beats that were not noticeably slow are not worth remembering. */
const NOTICEABLE_MS = 5;
const REMEMBERED = 20_000;

/**
 * Measures how long something takes to respond, on and on: the event loop of the harness itself, a
 * broker (`/health/live` touches neither ledger nor Redis), Redis. On a busy machine processes wait
 * for a core; what this measured, and nothing else, may excuse that a bound in milliseconds was
 * missed.
 */
export class Pulse {
  #slow: Beat[] = [];
  #current: number | undefined;
  #stopped = false;

  /** `beat` resolves or rejects when the response came or can't come any more. */
  constructor(
    private readonly beat: () => Promise<unknown>,
    private readonly pauseMs = 20,
  ) {
    void this.#run();
  }

  /** The pulse of the harness's own event loop: how late its timers are. */
  static ofHarness(): Pulse {
    return new Pulse(() => sleep(1));
  }

  stop(): void {
    this.#stopped = true;
  }

  /** The longest that a response took which was awaited at any time from `from` until `until`. */
  worstMs(from: number, until: number): number {
    let worst = 0;
    if (this.#current !== undefined && this.#current <= until) worst = nowMs() - this.#current;
    for (let n = this.#slow.length - 1; n >= 0; n--) {
      const beat = this.#slow[n]!;
      if (beat.until < from) break;
      if (beat.from <= until) worst = Math.max(worst, beat.until - beat.from);
    }
    return worst;
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      const from = nowMs();
      this.#current = from;
      await this.beat().catch(() => undefined);
      const until = nowMs();
      this.#current = undefined;
      if (until - from >= NOTICEABLE_MS) this.#slow.push({ from, until });
      if (this.#slow.length > REMEMBERED) this.#slow = this.#slow.slice(REMEMBERED / 2);
      await sleep(this.pauseMs, undefined, { ref: false });
    }
  }
}
