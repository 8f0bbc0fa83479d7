import type { TestProject } from 'vitest/node';
import { startPostgres } from './postgres-server.js';
import { startRedisCluster } from './redis-cluster.js';
import { startRedis } from './redis-server.js';

declare module 'vitest' {
  export interface ProvidedContext {
    /** A single Redis: `REDIS_URL`, else one started for this run. */
    redisUrl: string;
    /** A Redis Cluster of three masters, started for this run. */
    redisClusterUrl: string;
    /** PostgreSQL, as a role that may create databases: `DATABASE_URL`, else one started for this run. */
    databaseUrl: string;
  }
}

interface Stoppable {
  stop(): Promise<void>;
}

/** Starts the real servers that the tests run against, once for the whole run. */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  const started: Stoppable[] = [];
  const tearDown = async (): Promise<void> => {
    await Promise.all(started.map((server) => server.stop()));
  };
  const keep = async <T extends Stoppable>(starting: Promise<T>): Promise<T> => {
    const server = await starting;
    started.push(server);
    return server;
  };
  const redisUrl = process.env['REDIS_URL'];
  const databaseUrl = process.env['DATABASE_URL'];
  const results = await Promise.allSettled([
    redisUrl ? { url: redisUrl } : keep(startRedis()),
    keep(startRedisCluster()),
    databaseUrl ? { url: databaseUrl } : keep(startPostgres()),
  ]);
  const [redis, cluster, database] = results;
  if (
    redis.status === 'rejected' ||
    cluster.status === 'rejected' ||
    database.status === 'rejected'
  ) {
    await tearDown();
    const reasons = results.flatMap((result) =>
      result.status === 'rejected' ? [result.reason] : [],
    );
    throw reasons.length === 1 ? reasons[0] : new AggregateError(reasons);
  }
  project.provide('redisUrl', redis.value.url);
  project.provide('redisClusterUrl', cluster.value.url);
  project.provide('databaseUrl', database.value.url);
  return tearDown;
}
