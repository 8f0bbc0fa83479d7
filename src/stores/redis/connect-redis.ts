import { Cluster, Redis, type RedisOptions } from 'ioredis';
import { describeRedisError } from './describe-redis-error.js';
import { parseRedisUrl, type RedisTarget } from './redis-url.js';
import { stayConnected } from './stay-connected.js';

/** A connection to a Redis, its Sentinel-led master or a Cluster. */
export type RedisConnection = Redis | Cluster;

export interface ConnectRedisOptions {
  /** Hears of trouble once per outage. What it is given holds no secret. */
  readonly report: (what: string, error: unknown) => void;
  /** How the connection is called in CLIENT LIST (`countersign`). */
  readonly connectionName?: string;
  /** After which a command has failed (250). */
  readonly commandTimeoutMs?: number;
  /** How long to wait for the first connection (2000). */
  readonly connectWaitMs?: number;
}

const MAX_BACKOFF_MS = 1000;

/**
 * Connects to Redis by a URL of {@link parseRedisUrl}'s forms.
 *
 * Returns when the connection is there, or after `connectWaitMs` without it; it goes on trying
 * for ever, at least once a second. While it is out every command fails at once: nothing is
 * queued, nothing sent twice. Who connects must `disconnect()`. Throws on a URL that is none.
 */
export async function connectRedis(
  url: string,
  options: ConnectRedisOptions,
): Promise<RedisConnection> {
  const target = readTarget(url);
  const redis = open(target, options);
  let out = false;
  redis.on('error', (error: unknown) => {
    if (!out) options.report('Redis is out', describeRedisError(error, target.credentials));
    out = true;
  });
  redis.on('ready', () => (out = false));
  await firstConnection(redis, options.connectWaitMs ?? 2000);
  return redis;
}

function readTarget(url: string): RedisTarget {
  try {
    return parseRedisUrl(url);
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'is wrong';
    throw new Error(`The Redis URL ${reason}`, { cause: error });
  }
}

function open(target: RedisTarget, options: ConnectRedisOptions): RedisConnection {
  const common = commonOptions(target, options);
  const tls = 'tls' in target && target.tls ? { tls: {} } : {};
  switch (target.kind) {
    case 'single':
      return new Redis({ ...common, ...tls, ...target.address, db: target.db });
    case 'sentinel': {
      const redis = new Redis({
        ...common,
        sentinels: [...target.addresses],
        name: target.name,
        db: target.db,
        sentinelRetryStrategy: backoff,
        failoverDetector: true,
      });
      stayConnected(redis);
      return redis;
    }
    case 'cluster': {
      const cluster = new Cluster([...target.addresses], {
        redisOptions: { ...common, ...tls },
        enableOfflineQueue: false,
        clusterRetryStrategy: backoff,
        // A command for a node that is gone fails at once instead of waiting for a failover;
        // the slots are read again by themselves.
        retryDelayOnFailover: 0,
        slotsRefreshInterval: 1000,
        maxRedirections: 4,
        // Certificates name hosts: leave the names to TLS.
        ...(target.tls ? { dnsLookup: (host, done) => done(null, host) } : {}),
      });
      // By itself it would connect to a node for the first command, and refuse the second one
      // while it does.
      cluster.on('+node', (node: Redis) => void node.connect().catch(() => undefined));
      return cluster;
    }
  }
}

function commonOptions(target: RedisTarget, options: ConnectRedisOptions) {
  const commandTimeout = options.commandTimeoutMs ?? 250;
  return {
    ...target.credentials,
    connectionName: options.connectionName ?? 'countersign',
    connectTimeout: 2000,
    commandTimeout,
    // A peer that fell silent without a good-bye.
    socketTimeout: 4 * commandTimeout,
    retryStrategy: backoff,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    // All commands of one turn of the event loop travel together. Not on a Cluster, where a
    // pipeline fails for all its commands when one slot has moved.
    enableAutoPipelining: target.kind !== 'cluster',
  } satisfies RedisOptions;
}

function backoff(attempt: number): number {
  return Math.min(25 * 2 ** Math.min(attempt, 10), MAX_BACKOFF_MS);
}

async function firstConnection(redis: RedisConnection, waitMs: number): Promise<void> {
  const patience = AbortSignal.timeout(waitMs);
  await untilReady(redis, patience);
  const masters = redis instanceof Cluster ? redis.nodes('master') : [];
  await Promise.all(masters.map((master) => untilReady(master, patience)));
}

/** Resolves when a connection is ready, or when the signal says to wait no longer. */
export function untilReady(redis: RedisConnection, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (redis.status === 'ready' || signal.aborted) return resolve();
    const done = (): void => {
      redis.off('ready', done);
      signal.removeEventListener('abort', done);
      resolve();
    };
    redis.on('ready', done);
    signal.addEventListener('abort', done);
  });
}
