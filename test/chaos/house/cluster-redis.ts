import type { RunningRedis } from '../../support/redis-server.js';
import { type RunningRedisCluster, startRedisCluster } from '../../support/redis-cluster.js';

/** A Redis Cluster of three masters and a replica of each. */
export class ClusterRedis {
  readonly kind = 'cluster';

  private constructor(private readonly cluster: RunningRedisCluster) {}

  static async start(): Promise<ClusterRedis> {
    return new ClusterRedis(await startRedisCluster({ replicas: true, nodeTimeoutMs: 1000 }));
  }

  get nodes(): readonly RunningRedis[] {
    return this.cluster.nodes;
  }

  urlFor(_broker: number): string {
    return this.cluster.url;
  }

  get urls(): readonly string[] {
    return this.cluster.nodes.map(({ url }) => url);
  }

  stop(): Promise<void> {
    return this.cluster.stop();
  }
}
