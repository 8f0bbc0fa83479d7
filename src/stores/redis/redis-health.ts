import { Cluster } from 'ioredis';
import { HealthProbe, type PartHealth } from '../../ports/health.port.js';
import type { RedisConnection } from './connect-redis.js';

const PATIENCE_MS = 900;

/** Whether Redis answers: the one, or every master of a Cluster. */
export class RedisHealth extends HealthProbe {
  readonly #redis: RedisConnection;

  constructor(redis: RedisConnection) {
    super();
    this.#redis = redis;
  }

  override async probe(): Promise<PartHealth> {
    const { promise: late, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => reject(new Error('no answer')), PATIENCE_MS);
    try {
      await Promise.race([this.#ping(), late]);
      return { name: 'redis', up: true };
    } catch {
      return { name: 'redis', up: false, detail: 'Redis does not answer' };
    } finally {
      clearTimeout(timer);
    }
  }

  async #ping(): Promise<void> {
    if (!(this.#redis instanceof Cluster)) {
      await this.#redis.ping();
      return;
    }
    const masters = this.#redis.nodes('master');
    const owners = new Set(this.#redis.slots.map(([owner]) => owner));
    // A node whose connection is lost is not among them.
    if (masters.length === 0 || masters.length < owners.size) {
      throw new Error(`${masters.length} of ${owners.size} masters of the Cluster can be reached`);
    }
    await Promise.all(masters.map((master) => master.ping()));
  }
}
