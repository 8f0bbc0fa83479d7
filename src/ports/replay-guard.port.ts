/**
 * Remembers what may be used once, shared by all brokers. `key` may be anything and is stored as a
 * hash only.
 *
 * Failure: throws `BrokerError('limiter_unavailable')` when it can't be reached. Who asks fails
 * closed.
 */
export abstract class ReplayGuard {
  /**
   * Whether this is the first use of `key` within `seconds`, atomically: of concurrent calls one
   * returns true.
   */
  abstract firstUse(key: string, seconds: number): Promise<boolean>;
}
