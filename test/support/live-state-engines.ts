import { Cluster } from 'ioredis';
import { inject } from 'vitest';
import { SystemClock } from '../../src/common/clock.js';
import type { ChangeEvents } from '../../src/ports/change-events.port.js';
import type { GuessLimiter } from '../../src/ports/guess-limiter.port.js';
import type { LiveCopies } from '../../src/ports/live-copies.port.js';
import type { ReplayGuard } from '../../src/ports/replay-guard.port.js';
import { MemoryChangeEvents } from '../../src/stores/memory/memory-change-events.js';
import { MemoryGuessLimiter } from '../../src/stores/memory/memory-guess-limiter.js';
import { MemoryLiveCopies } from '../../src/stores/memory/memory-live-copies.js';
import { MemoryReplayGuard } from '../../src/stores/memory/memory-replay-guard.js';
import { connectRedis, type RedisConnection } from '../../src/stores/redis/connect-redis.js';
import { RedisChangeEvents } from '../../src/stores/redis/redis-change-events.js';
import { RedisGuessLimiter } from '../../src/stores/redis/redis-guess-limiter.js';
import { RedisLiveCopies } from '../../src/stores/redis/redis-live-copies.js';
import { RedisReplayGuard } from '../../src/stores/redis/redis-replay-guard.js';
import { ManualClock } from './manual-clock.js';
import { uniquePrefix } from './test-redis.js';

export interface OpenLiveCopies {
  readonly copies: LiveCopies;
  /** Lets time pass for what is kept. */
  pass(seconds: number): Promise<void>;
  close(): Promise<void>;
}

export interface OpenChangeEvents {
  /** Two brokers' ends; where an engine lives in one process they are the same. */
  readonly one: ChangeEvents;
  readonly other: ChangeEvents;
  /** What was reported as wrong. */
  readonly troubles: string[];
  /** Resolves when who has subscribed hears what is published. */
  listening(): Promise<void>;
  close(): Promise<void>;
}

export interface OpenGuessLimiter {
  /** Two brokers' ends; where an engine lives in one process they are the same. */
  readonly one: GuessLimiter;
  readonly other: GuessLimiter;
  /** Lets time pass for what is counted. */
  pass(seconds: number): Promise<void>;
  close(): Promise<void>;
}

export interface OpenReplayGuard {
  /** Two brokers' ends; where an engine lives in one process they are the same. */
  readonly one: ReplayGuard;
  readonly other: ReplayGuard;
  /** Lets time pass for what is remembered. */
  pass(seconds: number): Promise<void>;
  close(): Promise<void>;
}

/** One implementation of the live-state ports, and how a test gets one of its own. */
export interface LiveStateEngine {
  readonly name: string;
  openCopies(windowSeconds: number): Promise<OpenLiveCopies>;
  openEvents(): Promise<OpenChangeEvents>;
  openGuesses(): Promise<OpenGuessLimiter>;
  openReplays(): Promise<OpenReplayGuard>;
}

const memory: LiveStateEngine = {
  name: 'memory',
  openCopies(windowSeconds) {
    const clock = new ManualClock();
    return Promise.resolve({
      copies: new MemoryLiveCopies({ maxCopies: 1000, windowSeconds }, clock),
      pass: (seconds) => Promise.resolve(clock.advance(seconds * 1000)),
      close: () => Promise.resolve(),
    });
  },
  openEvents() {
    const troubles: string[] = [];
    const events = new MemoryChangeEvents((what) => void troubles.push(what));
    return Promise.resolve({
      one: events,
      other: events,
      troubles,
      listening: () => Promise.resolve(),
      close: () => Promise.resolve(),
    });
  },
  openGuesses() {
    const clock = new ManualClock();
    const limiter = new MemoryGuessLimiter(clock);
    return Promise.resolve({ one: limiter, other: limiter, ...byHand(clock) });
  },
  openReplays() {
    const clock = new ManualClock();
    const guard = new MemoryReplayGuard(clock);
    return Promise.resolve({ one: guard, other: guard, ...byHand(clock) });
  },
};

function byHand(clock: ManualClock) {
  return {
    pass: (seconds: number) => Promise.resolve(clock.advance(seconds * 1000)),
    close: () => Promise.resolve(),
  };
}

/** The engines that are the product's. */
export const LIVE_STATE_ENGINES: readonly LiveStateEngine[] = [
  memory,
  redisEngine('Redis', () => inject('redisUrl')),
  redisEngine('a Redis Cluster of three masters', () => inject('redisClusterUrl')),
];

function redisEngine(name: string, url: () => string): LiveStateEngine {
  return {
    name,
    async openCopies(windowSeconds) {
      const redis = await connectForTest(url());
      const prefix = uniquePrefix();
      return {
        copies: new RedisLiveCopies(redis, { windowSeconds, prefix }),
        pass: (seconds) => age(redis, prefix, seconds),
        close: () => Promise.resolve(redis.disconnect()),
      };
    },
    async openEvents() {
      const [first, second] = [await connectForTest(url()), await connectForTest(url())];
      const troubles: string[] = [];
      const options = {
        prefix: uniquePrefix(),
        clock: new SystemClock(),
        report: (what: string) => void troubles.push(what),
      };
      const one = new RedisChangeEvents(first, options);
      const other = new RedisChangeEvents(second, options);
      return {
        one,
        other,
        troubles,
        listening: async () => {
          await Promise.all([one.listening(), other.listening()]);
        },
        close: async () => {
          await Promise.all([one.close(), other.close()]);
          first.disconnect();
          second.disconnect();
        },
      };
    },
    openGuesses: () => openTwice(url(), (redis, options) => new RedisGuessLimiter(redis, options)),
    openReplays: () => openTwice(url(), (redis, options) => new RedisReplayGuard(redis, options)),
  };
}

async function openTwice<T>(
  url: string,
  open: (redis: RedisConnection, options: { clock: ManualClock; prefix: string }) => T,
) {
  const [first, second] = [await connectForTest(url), await connectForTest(url)];
  const [clock, prefix] = [new ManualClock(), uniquePrefix()];
  return {
    one: open(first, { clock, prefix }),
    other: open(second, { clock, prefix }),
    pass: async (seconds: number) => {
      clock.advance(seconds * 1000);
      await age(first, prefix, seconds);
    },
    close: () => {
      first.disconnect();
      second.disconnect();
      return Promise.resolve();
    },
  };
}

/** A connection that tests can rely on: trouble is an error, and a busy machine is no trouble. */
export function connectForTest(url: string): Promise<RedisConnection> {
  return connectRedis(url, {
    commandTimeoutMs: 5000,
    connectWaitMs: 10_000,
    report: (what, error) => {
      throw new Error(what, { cause: error });
    },
  });
}

/** Brings the expiry of all keys with a prefix nearer: what the passing of time does. */
export async function age(redis: RedisConnection, prefix: string, seconds: number): Promise<void> {
  for (const node of redis instanceof Cluster ? redis.nodes('master') : [redis]) {
    for (const key of await keysOf(node, prefix)) {
      const left = await redis.pttl(key);
      await redis.pexpire(key, left - seconds * 1000);
    }
  }
}

async function keysOf(node: RedisConnection, prefix: string): Promise<string[]> {
  const keys: string[] = [];
  let cursor = '0';
  do {
    const [next, found] = await node.scan(cursor, 'MATCH', `${prefix}*`, 'COUNT', 1000);
    keys.push(...found);
    cursor = next;
  } while (cursor !== '0');
  return keys;
}
