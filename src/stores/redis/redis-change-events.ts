import type { Clock } from '../../common/clock.js';
import { ChangeEvents, type ChangeEvent, type Heard } from '../../ports/change-events.port.js';
import type { RedisConnection } from './connect-redis.js';
import { decodeEvent, encodeEvent, EVENT_FIELD } from './event-codec.js';
import { RedisKeys } from './redis-keys.js';
import { StreamReader } from './stream-reader.js';

const MAX_LENGTH = 4096;
const NEVER: Heard = { sinceMs: Infinity, untilMs: -Infinity };

export interface RedisChangeEventsOptions {
  /** Dates what was heard. */
  readonly clock: Clock;
  /** Hears of trouble and of listeners that threw. */
  readonly report: (what: string, error: unknown) => void;
  /** Before all keys ({@link DEFAULT_PREFIX}). */
  readonly prefix?: string;
  /** How many events the stream keeps, roughly (4096): what a broker that lost its connection can catch up on. */
  readonly maxLength?: number;
}

/** Change events through one Redis Stream; one XADD for each, read over a connection of its own. */
export class RedisChangeEvents extends ChangeEvents {
  readonly #redis: RedisConnection;
  readonly #key: string;
  readonly #options: RedisChangeEventsOptions;
  readonly #listeners = new Map<symbol, (event: ChangeEvent) => void>();
  #reader: StreamReader | undefined;
  #closed = false;

  constructor(redis: RedisConnection, options: RedisChangeEventsOptions) {
    super();
    this.#redis = redis;
    this.#key = new RedisKeys(options.prefix).events();
    this.#options = options;
  }

  override async publish(event: ChangeEvent): Promise<void> {
    const entry = [EVENT_FIELD, encodeEvent(event)] as const;
    await this.#redis.xadd(this.#key, 'MAXLEN', '~', this.#maxLength, '*', ...entry);
  }

  /** The first subscription opens the reading connection; see {@link listening}. */
  override subscribe(listener: (event: ChangeEvent) => void): () => void {
    if (this.#closed) throw new Error('The change events are closed');
    const id = Symbol('listener');
    this.#listeners.set(id, listener);
    this.#reader ??= new StreamReader(this.#redis, {
      key: this.#key,
      maxLength: this.#maxLength,
      clock: this.#options.clock,
      onEntry: (fields) => this.#deliver(fields),
      report: this.#options.report,
    });
    return () => void this.#listeners.delete(id);
  }

  /** Nothing before the first subscription. */
  override heard(): Heard {
    return this.#reader?.heard ?? NEVER;
  }

  /** Resolves when events published from then on reach the listeners. */
  async listening(): Promise<void> {
    await this.#reader?.reading();
  }

  /** Ends the reading connection, at once. The connection given stays its owner's. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#listeners.clear();
    await this.#reader?.close();
  }

  get #maxLength(): number {
    return this.#options.maxLength ?? MAX_LENGTH;
  }

  #deliver(fields: readonly string[]): void {
    const event = decodeEvent(fields);
    if (!event) return;
    for (const listener of [...this.#listeners.values()]) {
      try {
        listener(event);
      } catch (error) {
        this.#options.report('A listener to change events failed', error);
      }
    }
  }
}
