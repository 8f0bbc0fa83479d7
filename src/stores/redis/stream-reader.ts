import { setTimeout as sleep } from 'node:timers/promises';
import { Cluster } from 'ioredis';
import { untilReady, type RedisConnection } from './connect-redis.js';
import { describeRedisError } from './describe-redis-error.js';
import { stayConnected } from './stay-connected.js';

const BLOCK_MS = 1000;
const MAX_ENTRIES = 1000;
const RETRY_MS = 50;
const NOWHERE = '0-0';

export interface StreamReaderOptions {
  readonly key: string;
  /** Hears every entry, its fields as names and values in turn. */
  readonly onEntry: (fields: readonly string[]) => void;
  /** Hears of trouble, once per outage. */
  readonly report: (what: string, error: unknown) => void;
}

/**
 * Reads a Redis Stream from its end on, over a connection of its own. When the connection was
 * lost it goes on behind the last entry that it saw; what was trimmed meanwhile is lost.
 */
export class StreamReader {
  readonly #options: StreamReaderOptions;
  readonly #redis: RedisConnection;
  readonly #running: Promise<void>;
  readonly #reading = Promise.withResolvers<void>();
  readonly #closing = new AbortController();
  /** Id of the last entry that was seen. */
  #last: string | undefined;
  #failing = false;

  /** Begins at once. */
  constructor(redis: RedisConnection, options: StreamReaderOptions) {
    this.#options = options;
    this.#redis = duplicate(redis);
    this.#redis.on('error', (error: unknown) => this.#reportOnce(error));
    this.#running = this.#run();
  }

  /** Resolves when entries from then on are heard. While Redis is out, that takes as long. */
  reading(): Promise<void> {
    return this.#reading.promise;
  }

  /** Stops at once; nothing is heard after it has returned. */
  async close(): Promise<void> {
    this.#closing.abort();
    this.#redis.disconnect();
    await this.#running;
    this.#reading.resolve();
  }

  async #run(): Promise<void> {
    const { signal } = this.#closing;
    let positioned = false;
    while (!signal.aborted) {
      try {
        await untilReady(this.#redis, signal);
        // Anew after every failure: the Redis that is back may have lost the stream.
        if (!positioned) await this.#position();
        positioned = true;
        this.#reading.resolve();
        await this.#read();
        this.#failing = false;
      } catch (error) {
        this.#reportOnce(error);
        positioned = false;
        await sleep(RETRY_MS, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  #reportOnce(error: unknown): void {
    if (this.#failing || this.#closing.signal.aborted) return;
    this.#failing = true;
    this.#options.report('Change events can not be read', describeRedisError(error));
  }

  async #position(): Promise<void> {
    const [newest] = await this.#redis.xrevrange(this.#options.key, '+', '-', 'COUNT', 1);
    const end = newest?.[0] ?? NOWHERE;
    if (this.#last === undefined) this.#last = end;
    // A stream that ends before what was seen is another one, and all of it is news.
    else if (isBefore(end, this.#last)) this.#last = NOWHERE;
  }

  async #read(): Promise<void> {
    const streams = await this.#redis.xread(
      ...(['COUNT', MAX_ENTRIES, 'BLOCK', BLOCK_MS] as const),
      ...(['STREAMS', this.#options.key, this.#last ?? NOWHERE] as const),
    );
    for (const [id, fields] of streams?.[0]?.[1] ?? []) {
      if (this.#closing.signal.aborted) return;
      this.#last = id;
      this.#options.onEntry(fields);
    }
  }
}

function duplicate(redis: RedisConnection): RedisConnection {
  // Longer than the server may let a reading wait.
  const patience = { commandTimeout: 2 * BLOCK_MS, socketTimeout: 2 * BLOCK_MS };
  if (redis instanceof Cluster) return redis.duplicate([], { redisOptions: patience });
  const reading = redis.duplicate({ ...patience, enableAutoPipelining: false });
  stayConnected(reading);
  return reading;
}

/** Whether one entry's id (milliseconds, a dash, a number) comes before another's. */
function isBefore(a: string, b: string): boolean {
  const [aMs = 0, aSeq = 0] = a.split('-').map(Number);
  const [bMs = 0, bSeq = 0] = b.split('-').map(Number);
  return aMs < bMs || (aMs === bMs && aSeq < bSeq);
}
