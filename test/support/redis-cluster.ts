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
  readonly nodes: readonly RunningRedis[];
  stop(): Promise<void>;
}

/** Starts a Redis Cluster of three masters on the loopback and waits until it serves. */
export async function startRedisCluster(): Promise<RunningRedisCluster> {
  const nodes: RunningRedis[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(nodes.map((node) => node.stop()));
  };
  try {
    for (let n = 0; n < MASTERS; n++) {
      const port = await freePort(BUS_OFFSET);
      nodes.push(await startRedis({ port, args: ['--cluster-enabled', 'yes'] }));
    }
    await join(nodes);
  } catch (error) {
    await stop();
    throw error;
  }
  const urls = nodes.map((node) => node.url);
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
