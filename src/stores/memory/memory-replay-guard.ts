import type { Clock } from '../../common/clock.js';
import { BrokerError } from '../../common/errors.js';
import { ReplayGuard } from '../../ports/replay-guard.port.js';
import { hashKey } from '../hash-key.js';

/** Uses that are remembered at once, at most: some 60 MB. */
export const MAX_USES = 500_000;
/** Full of uses that count, it is looked through no more often than this. */
const SWEEP_PAUSE_MS = 1000;

/**
 * Remembers uses in this process's memory, by the monotonic clock. A broker that starts again has
 * forgotten them.
 *
 * Bounded: when it is full of uses that still count it fails closed, for forgetting one would let it
 * happen again.
 */
export class MemoryReplayGuard extends ReplayGuard {
  /** By the key's hash: until when, in milliseconds of the monotonic clock. */
  readonly #uses = new Map<string, number>();
  #sweptAtMs = -Infinity;

  constructor(
    private readonly clock: Clock,
    private readonly maxUses = MAX_USES,
  ) {
    super();
  }

  /** How many uses are held, those whose time is over included. */
  get size(): number {
    return this.#uses.size;
  }

  override async firstUse(key: string, seconds: number): Promise<boolean> {
    const now = this.clock.monotonicMs();
    const place = hashKey(key);
    const until = this.#uses.get(place);
    if (until !== undefined && until > now) return false;
    if (until === undefined) this.#makeRoom(now);
    this.#uses.set(place, now + seconds * 1000);
    return true;
  }

  /** Lets go of the uses whose time is over. */
  sweep(): void {
    const now = this.clock.monotonicMs();
    this.#sweptAtMs = now;
    for (const [key, until] of this.#uses) if (until <= now) this.#uses.delete(key);
  }

  #makeRoom(now: number): void {
    const isFull = () => this.#uses.size >= this.maxUses;
    if (isFull() && now - this.#sweptAtMs >= SWEEP_PAUSE_MS) this.sweep();
    if (isFull()) throw new BrokerError('limiter_unavailable', 'uses can not be remembered now');
  }
}
