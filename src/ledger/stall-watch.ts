import type { Clock } from '../common/clock.js';

const BEAT_MS = 100;
/** A beat that is later than this tells of a stall. */
const STALL_MS = 500;

/**
 * Notices that this process stood still: stopped and continued, starved, or its machine paused.
 * What seemed to time out meanwhile may have answered long ago.
 */
export class StallWatch {
  #timer: NodeJS.Timeout | undefined;
  #beatAtMs = -Infinity;
  #stalledAtMs = -Infinity;

  constructor(private readonly clock: Clock) {}

  start(): void {
    this.#beatAtMs = this.clock.monotonicMs();
    this.#timer = setInterval(() => this.#beat(), BEAT_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** Whether a stall has just ended and nothing that came due meanwhile has run yet. */
  isStalled(): boolean {
    return this.#timer !== undefined && this.clock.monotonicMs() - this.#beatAtMs > STALL_MS;
  }

  /** Whether there was a stall that ended after a moment, in monotonic milliseconds. */
  stalledSince(ms: number): boolean {
    return this.#stalledAtMs >= ms || this.isStalled();
  }

  #beat(): void {
    if (this.isStalled()) this.#stalledAtMs = this.clock.monotonicMs();
    this.#beatAtMs = this.clock.monotonicMs();
  }
}
