import { Redis } from 'ioredis';

/** What a Redis says of itself. */
export class RedisCounters {
  readonly #redis: Redis;

  constructor(url: string) {
    this.#redis = new Redis(url);
  }

  /** Calls by command since the server began, those inside of scripts among them. */
  async commands(): Promise<Record<string, number>> {
    const stats = await this.#redis.info('commandstats');
    const calls: Record<string, number> = {};
    for (const [, name = '', count] of stats.matchAll(/^cmdstat_([^:]+):calls=(\d+)/gm)) {
      calls[name] = Number(count);
    }
    return calls;
  }

  /** Bytes in use, less those of the connections and of the stream of events, which is bounded. */
  async dataBytes(): Promise<number> {
    const memory = await this.#redis.info('memory');
    const used = Number(/used_memory:(\d+)/.exec(memory)?.[1]);
    const clients = Number(/mem_clients_normal:(\d+)/.exec(memory)?.[1]);
    const events = (await this.#redis.call('MEMORY', 'USAGE', 'cs:events', 'SAMPLES', '0')) ?? 0;
    return used - clients - Number(events);
  }

  async flush(): Promise<void> {
    await this.#redis.flushall();
  }

  close(): void {
    this.#redis.disconnect();
  }
}
