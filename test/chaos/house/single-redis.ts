import { TcpProxy } from '../../support/tcp-proxy.js';
import { RedisLife } from './redis-life.js';

/** One Redis, to which every broker has a way of its own that can be cut. */
export class SingleRedis {
  readonly kind = 'single';

  private constructor(
    /** The one that serves; another one after a failover. */
    public redis: RedisLife,
    readonly ways: readonly TcpProxy[],
  ) {}

  static async start(brokers: number): Promise<SingleRedis> {
    const redis = await RedisLife.start();
    const ways = Array.from({ length: brokers }, () => TcpProxy.start(redis.url));
    return new SingleRedis(redis, await Promise.all(ways));
  }

  urlFor(broker: number): string {
    return this.ways[broker]!.url;
  }

  get urls(): readonly string[] {
    return [this.redis.url];
  }

  async stop(): Promise<void> {
    await Promise.all(this.ways.map((way) => way.close()));
    await this.redis.stop();
  }
}
