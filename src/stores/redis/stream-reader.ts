import { setTimeout as sleep } from 'node:timers/promises';
import { Cluster } from 'ioredis';
import type { Clock } from '../../common/clock.js';
import type { Heard } from '../../ports/change-events.port.js';
import { untilReady, type RedisConnection } from './connect-redis.js';
import { describeRedisError } from './describe-redis-error.js';
import { stayConnected } from './stay-connected.js';

/**
 * How long the server may let a reading wait; an idle one notices up to 100 ms late. What was heard
 * is known up to two readings ago.
 */
const BLOCK_MS = 150;
/** After which a reading has failed. */
const PATIENCE_MS = 2000;
const MAX_ENTRIES = 1000;
const RETRY_MS = 50;
const NOWHERE = '0-0';

export interface StreamReaderOptions {
  readonly key: string;
  /** How many entries the stream keeps at least. */
  readonly maxLength: number;
  readonly clock: Clock;
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
  /** Whether the stream is the one in which the place was looked for, and no line broke since. */
  #positioned = false;
  #heard: Heard = { sinceMs: Infinity, untilMs: -Infinity };
  /** Of a Cluster: the stream's slot, and the node that had it. */
  #slot: number | undefined;
  #node: string | undefined;
  #failing = false;

  /** Begins at once. */
  constructor(redis: RedisConnection, options: StreamReaderOptions) {
    this.#options = options;
    this.#redis = duplicate(redis);
    this.#redis.on('error', (error: unknown) => this.#reportOnce(error));
    // No reading need be under way when a line breaks, and then none fails.
    for (const broken of ['close', '-node']) {
      this.#redis.on(broken, () => {
        this.#positioned = false;
      });
    }
    this.#running = this.#run();
  }

  /**
   * Between which moments nothing was missed (`ChangeEvents.heard`). A reading tells what had been
   * published when it was asked for: its answer may have been long under way. Every broken line
   * begins a new span, even where the stream is found again: a replica that took over, or a server
   * started again, may lack what nobody had read.
   */
  get heard(): Heard {
    return this.#heard;
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
    while (!signal.aborted) {
      try {
        await untilReady(this.#redis, signal);
        // Anew after every failure: the Redis that is back may have lost the stream.
        if (!this.#positioned) await this.#position();
        this.#reading.resolve();
        await this.#read();
        this.#failing = false;
      } catch (error) {
        this.#reportOnce(error);
        this.#positioned = false;
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
    this.#positioned = true;
    this.#node = await this.#owner();
    const end = await this.#end();
    if (this.#last === undefined) this.#last = end;
    // A stream that ends before what was seen is another one, and all of it is news.
    else if (isBefore(end, this.#last)) this.#last = NOWHERE;
    this.#beginHearing();
  }

  async #read(): Promise<void> {
    const { key, clock } = this.#options;
    const askedAtMs = clock.monotonicMs();
    const count = Math.min(MAX_ENTRIES, this.#options.maxLength);
    const streams = await this.#redis.xread(
      ...(['COUNT', count, 'BLOCK', BLOCK_MS, 'STREAMS', key, this.#last ?? NOWHERE] as const),
    );
    const entries = streams?.[0]?.[1] ?? [];
    for (const [id, fields] of entries) {
      if (this.#closing.signal.aborted) return;
      this.#last = id;
      this.#options.onEntry(fields);
    }
    // Nothing comes of a stream that was made anew while the server's clock was set back.
    if (entries.length === 0 && (await this.#isAnother())) this.#positioned = false;
    // A redirection leads to another node of a Cluster without a failure.
    if (this.#node !== (await this.#owner())) this.#positioned = false;
    if (!this.#positioned) return;
    // So many that some may have been trimmed before they were read.
    if (entries.length === count) this.#beginHearing();
    else this.#heard = { ...this.#heard, untilMs: askedAtMs };
  }

  #beginHearing(): void {
    const nowMs = this.#options.clock.monotonicMs();
    this.#heard = { sinceMs: nowMs, untilMs: nowMs };
  }

  async #isAnother(): Promise<boolean> {
    return isBefore(await this.#end(), this.#last ?? NOWHERE);
  }

  /** Id of the stream's last entry. */
  async #end(): Promise<string> {
    const [newest] = await this.#redis.xrevrange(this.#options.key, '+', '-', 'COUNT', 1);
    return newest?.[0] ?? NOWHERE;
  }

  /** Which node of a Cluster has the stream; undefined where there is one server. */
  async #owner(): Promise<string | undefined> {
    if (!(this.#redis instanceof Cluster)) return undefined;
    this.#slot ??= await this.#redis.cluster('KEYSLOT', this.#options.key);
    return this.#redis.slots[this.#slot]?.[0];
  }
}

function duplicate(redis: RedisConnection): RedisConnection {
  // Longer than the server may let a reading wait.
  const patience = { commandTimeout: PATIENCE_MS, socketTimeout: PATIENCE_MS };
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
