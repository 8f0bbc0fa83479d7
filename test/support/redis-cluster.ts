import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { freePort } from './free-port.js';
import { startRedis, type RunningRedis } from './redis-server.js';

const SLOTS = 16_384;
const MASTERS = 3;
const BUS_OFFSET = 10_000;

export interface RunningRedisCluster {
  /** All masters, comma-separated, as `REDIS_URL` wants them. */
  readonly url: string;
  readonly urls: readonly string[];
  readonly pids: readonly number[];
  /** The masters, then their replicas in the same order, where there are any. */
  readonly nodes: readonly RunningRedis[];
  stop(): Promise<void>;
}

export interface RedisClusterStart {
  /** Whether each master gets a replica (no). */
  readonly replicas?: boolean;
  /** After how long a silent node counts as gone, and its replica takes over (Redis's: 15 s). */
  readonly nodeTimeoutMs?: number;
}

/** Starts a Redis Cluster of three masters on the loopback and waits until it serves. */
export async function startRedisCluster({
  replicas = false,
  nodeTimeoutMs,
}: RedisClusterStart = {}): Promise<RunningRedisCluster> {
  const args = [
    ...['--cluster-enabled', 'yes', '--repl-diskless-sync-delay', '0'],
    ...(nodeTimeoutMs === undefined ? [] : ['--cluster-node-timeout', String(nodeTimeoutMs)]),
  ];
  const nodes: RunningRedis[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(nodes.map((node) => node.stop()));
  };
  try {
    for (let n = 0; n < (replicas ? 2 * MASTERS : MASTERS); n++) {
      const port = await freePort(BUS_OFFSET);
      nodes.push(await startRedis({ port, args }));
    }
    await join(nodes.slice(0, MASTERS));
    await addReplicas(nodes.slice(0, MASTERS), nodes.slice(MASTERS));
  } catch (error) {
    await stop();
    throw error;
  }
  const urls = nodes.slice(0, MASTERS).map((node) => node.url);
  return { url: urls.join(','), urls, pids: nodes.map((node) => node.pid), nodes, stop };
}

async function join(nodes: readonly RunningRedis[]): Promise<void> {
  const clients = nodes.map((node) => new Redis(node.url));
  try {
    await Promise.all(clients.map((client, n) => assign(client, n, nodes[0]?.port ?? 0)));
    const deadline = performance.now() + 30_000;
    for (;;) {
      const infos = await Promise.all(clients.map((client) => client.cluster('INFO')));
      if (infos.every(isWhole)) return;
      if (performance.now() > deadline) throw new Error('The Redis Cluster did not come together.');
      await sleep(50);
    }
  } finally {
    for (const client of clients) client.disconnect();
  }
}

async function addReplicas(
  masters: readonly RunningRedis[],
  replicas: readonly RunningRedis[],
): Promise<void> {
  for (const [n, replica] of replicas.entries()) {
    const master = new Redis(masters[n]!.url);
    const client = new Redis(replica.url);
    try {
      const id = await master.cluster('MYID');
      await client.cluster('MEET', '127.0.0.1', masters[n]!.port);
      await until('a replica', async () => String(await client.cluster('NODES')).includes(id));
      await client.cluster('REPLICATE', id);
      await until('a copy', async () => (await client.info('replication')).includes(LINK_UP));
    } finally {
      master.disconnect();
      client.disconnect();
    }
  }
}

const LINK_UP = 'master_link_status:up';

async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 30_000;
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error(`The Redis Cluster did not get ${what}.`);
    await sleep(50);
  }
}

async function assign(client: Redis, n: number, firstPort: number): Promise<void> {
  const from = Math.floor((n * SLOTS) / MASTERS);
  const to = Math.floor(((n + 1) * SLOTS) / MASTERS);
  await client.cluster('SET-CONFIG-EPOCH', n + 1);
  await client.cluster('ADDSLOTS', ...Array.from({ length: to - from }, (_, i) => from + i));
  if (n > 0) await client.cluster('MEET', '127.0.0.1', firstPort);
}

function isWhole(info: unknown): boolean {
  const text = String(info);
  return text.includes('cluster_state:ok') && text.includes(`cluster_size:${MASTERS}`);
}
