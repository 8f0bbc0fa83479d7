import type { RunningBroker } from '../processes/broker.js';
import { RedisCounters } from './redis-counters.js';

export interface MemoryGrowth {
  /** Of the heap of the broker's main thread, garbage collected. */
  readonly heapBytes: number;
  /** Of Redis's `used_memory`, without connections and the stream of events; NaN without Redis. */
  readonly redisBytes: number;
}

/** What a broker and its Redis hold more when some work has been done. */
export async function memoryGrowth(
  { process }: RunningBroker,
  redisUrl: string | undefined,
  work: () => Promise<void>,
): Promise<MemoryGrowth> {
  const redis = redisUrl === undefined ? undefined : new RedisCounters(redisUrl);
  const measure = async () => ({
    heap: await process.call<number>('heapBytes'),
    redis: (await redis?.dataBytes()) ?? Number.NaN,
  });
  try {
    const before = await measure();
    await work();
    const after = await measure();
    return { heapBytes: after.heap - before.heap, redisBytes: after.redis - before.redis };
  } finally {
    redis?.close();
  }
}
