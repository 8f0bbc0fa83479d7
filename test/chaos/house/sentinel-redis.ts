import { type RunningSentinel, startSentinel } from '../../support/redis-sentinel.js';
import { RedisLife } from './redis-life.js';
import { follow } from './replication.js';

const NAME = 'chaos';
const DOWN_AFTER_MS = 500;

/** A master and a replica, and a Sentinel that fails over to it. */
export class SentinelRedis {
  readonly kind = 'sentinel';

  private constructor(
    public master: RedisLife,
    public replica: RedisLife,
    private readonly sentinel: RunningSentinel,
  ) {}

  static async start(): Promise<SentinelRedis> {
    const master = await RedisLife.start();
    const replica = await RedisLife.start();
    await follow(replica.url, master.port);
    // A Sentinel learns of replicas from the master, so the replica comes first.
    return new SentinelRedis(master, replica, await startSentinel(NAME, master, DOWN_AFTER_MS));
  }

  urlFor(_broker: number): string {
    return this.sentinel.url;
  }

  get urls(): readonly string[] {
    return [this.master.url, this.replica.url];
  }

  async stop(): Promise<void> {
    await Promise.all([this.sentinel.stop(), this.master.stop(), this.replica.stop()]);
  }
}
