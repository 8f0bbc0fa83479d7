import { Cluster, type Redis } from 'ioredis';
import { HealthProbe, type PartHealth } from '../../ports/health.port.js';
import type { RedisConnection } from './connect-redis.js';
import { findingsOf, type RedisFindings } from './redis-settings.js';

const PATIENCE_MS = 900;

/** Whether Redis answers (the one, or every master of a Cluster), and whether it is set well. */
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
      return healthOf(await Promise.race([this.#look(), late]));
    } catch {
      return { name: 'redis', up: false, detail: 'Redis does not answer' };
    } finally {
      clearTimeout(timer);
    }
  }

  async #look(): Promise<readonly RedisFindings[]> {
    return Promise.all(this.#servers().map(async (server) => findingsOf(await server.info())));
  }

  #servers(): readonly Redis[] {
    if (!(this.#redis instanceof Cluster)) return [this.#redis];
    const masters = this.#redis.nodes('master');
    const owners = new Set(this.#redis.slots.map(([owner]) => owner));
    // A node whose connection is lost is not among them.
    if (masters.length === 0 || masters.length < owners.size) {
      throw new Error(`${masters.length} of ${owners.size} masters of the Cluster can be reached`);
    }
    return masters;
  }
}

function healthOf(findings: readonly RedisFindings[]): PartHealth {
  const unusable = findings.find((one) => one.unusable !== undefined)?.unusable;
  if (unusable !== undefined) return { name: 'redis', up: false, detail: unusable };
  const advice = new Set(findings.flatMap((one) => one.advice));
  if (advice.size === 0) return { name: 'redis', up: true };
  return { name: 'redis', up: true, detail: [...advice].join('; ') };
}
