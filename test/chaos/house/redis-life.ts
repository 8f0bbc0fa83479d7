import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { type RunningRedis, startRedis } from '../../support/redis-server.js';

/** One Redis through several lives. It keeps nothing by itself from one to the next. */
export class RedisLife {
  private constructor(private readonly server: RunningRedis) {}

  static async start(): Promise<RedisLife> {
    // A replica that joins gets its copy at once instead of after five seconds.
    return new RedisLife(await startRedis({ args: ['--repl-diskless-sync-delay', '0'] }));
  }

  get url(): string {
    return this.server.url;
  }

  get port(): number {
    return this.server.port;
  }

  get pid(): number {
    return this.server.pid;
  }

  kill(): Promise<void> {
    return this.server.kill();
  }

  /** Starts it again, with nothing or with what a dump holds. */
  async startAgain(dump?: Buffer): Promise<void> {
    if (dump === undefined) await rm(this.#file, { force: true });
    else await writeFile(this.#file, dump);
    await this.server.startAgain();
  }

  /** All that it holds now. */
  dump(): Promise<Buffer> {
    return ask(this.url, async (redis) => {
      await redis.save();
      return readFile(this.#file);
    });
  }

  stop(): Promise<void> {
    return this.server.stop();
  }

  get #file(): string {
    return join(this.server.directory, 'dump.rdb');
  }
}

/** Asks a Redis something on a connection of its own. */
export async function ask<T>(url: string, work: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(url);
  redis.on('error', () => undefined);
  try {
    return await work(redis);
  } finally {
    redis.disconnect();
  }
}
