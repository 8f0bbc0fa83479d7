import { inject } from 'vitest';
import type { GuessLimiter } from '../../src/ports/guess-limiter.port.js';
import type { ReplayGuard } from '../../src/ports/replay-guard.port.js';
import { MemoryGuessLimiter } from '../../src/stores/memory/memory-guess-limiter.js';
import { MemoryReplayGuard } from '../../src/stores/memory/memory-replay-guard.js';
import { RedisGuessLimiter } from '../../src/stores/redis/redis-guess-limiter.js';
import { RedisReplayGuard } from '../../src/stores/redis/redis-replay-guard.js';
import { age, connectForTest } from './live-state-engines.js';
import { ManualClock } from './manual-clock.js';
import { uniquePrefix } from './test-redis.js';

export interface LimitEnds {
  readonly guesses: GuessLimiter;
  readonly replays: ReplayGuard;
}

export interface OpenLimits {
  /** Two brokers' ends; where an engine lives in one process they are the same. */
  readonly one: LimitEnds;
  readonly other: LimitEnds;
  /** Lets time pass for what is counted. */
  pass(seconds: number): Promise<void>;
  close(): void;
}

/** One implementation of what counts tries and uses, and how a test gets one of its own. */
export interface LimitEngine {
  readonly name: string;
  open(): Promise<OpenLimits>;
}

const memory: LimitEngine = {
  name: 'memory',
  open() {
    const clock = new ManualClock();
    const one = { guesses: new MemoryGuessLimiter(clock), replays: new MemoryReplayGuard(clock) };
    return Promise.resolve({
      one,
      other: one,
      pass: (seconds) => Promise.resolve(clock.advance(seconds * 1000)),
      close: () => undefined,
    });
  },
};

function redisEngine(name: string, url: () => string): LimitEngine {
  return {
    name,
    async open() {
      const [first, second] = [await connectForTest(url()), await connectForTest(url())];
      const prefix = uniquePrefix();
      const [one, other] = [first, second].map((redis) => ({
        guesses: new RedisGuessLimiter(redis, { prefix }),
        replays: new RedisReplayGuard(redis, { prefix }),
      }));
      return {
        one: one!,
        other: other!,
        pass: (seconds) => age(first, prefix, seconds),
        close: () => {
          first.disconnect();
          second.disconnect();
        },
      };
    },
  };
}

/** The engines that are the product's. */
export const LIMIT_ENGINES: readonly LimitEngine[] = [
  memory,
  redisEngine('Redis', () => inject('redisUrl')),
  redisEngine('a Redis Cluster of three masters', () => inject('redisClusterUrl')),
];
