import type { Clock } from '../../common/clock.js';
import { BrokerError } from '../../common/errors.js';
import { ReplayGuard } from '../../ports/replay-guard.port.js';

/** Uses that are remembered at once, at most. */
export const MAX_USES = 500_000;

/**
 * Remembers uses in this process's memory. Bounded: when it is full of uses that still count it
 * fails closed, for forgetting one would let it happen again.
 */
export class MemoryReplayGuard extends ReplayGuard {
  /** By key: until when, in milliseconds of the monotonic clock. */
  readonly #uses = new Map<string, number>();

  constructor(
    private readonly clock: Clock,
    private readonly maxUses = MAX_USES,
  ) {
    super();
  }

  override async firstUse(key: string, seconds: number): Promise<boolean> {
    const now = this.clock.monotonicMs();
    if ((this.#uses.get(key) ?? -Infinity) > now) return false;
    if (this.#uses.size >= this.maxUses) this.sweep();
    if (this.#uses.size >= this.maxUses) {
      throw new BrokerError('limiter_unavailable', 'uses can not be remembered now');
    }
    this.#uses.set(key, now + seconds * 1000);
    return true;
  }

  /** Lets go of the uses whose time is over. */
  sweep(): void {
    const now = this.clock.monotonicMs();
    for (const [key, until] of this.#uses) if (until <= now) this.#uses.delete(key);
  }
}
