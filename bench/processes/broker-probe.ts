import type { StatementSync } from 'node:sqlite';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Order } from '../../src/stores/sql/sqlite/writer-messages.js';
import { answerCalls } from './calls.js';
import type { Profile } from './storage.js';

/** What went to the drivers of the stores, by name of statement or command. */
export interface DriverCounts {
  /** A statement without a name goes by its first words. */
  readonly statements: Readonly<Record<string, number>>;
  readonly redisCommands: Readonly<Record<string, number>>;
}

/*
 * Loaded into a broker ahead of it. It ends the broker when the benchmark has died, and, when
 * asked to, counts what goes to the drivers or says what its heap holds. While it isn't asked it adds nothing to what is
 * measured.
 */

type Counts = Map<string, number>;
let statements: Counts = new Map();
let redisCommands: Counts = new Map();
let restore: (() => void)[] = [];

function count(counts: Counts, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

function firstWords(text: string): string {
  return text.trim().split(/\s+/).slice(0, 3).join(' ').toLowerCase();
}

type Method = (this: unknown, ...values: unknown[]) => unknown;

/** Has every call of a method told to `onCall`, until it is restored. */
function wrap(prototype: object, name: string, onCall: (self: unknown, first: unknown) => void) {
  const methods = prototype as Record<string, Method>;
  const original = methods[name];
  if (original === undefined) throw new Error(`the driver has no ${name}`);
  methods[name] = function (...values) {
    onCall(this, values[0]);
    return original.apply(this, values);
  };
  restore.push(() => (methods[name] = original));
}

async function countSqlite(): Promise<void> {
  const { DatabaseSync, StatementSync: Statement } = await import('node:sqlite');
  for (const name of ['run', 'get', 'all']) {
    wrap(Statement.prototype, name, (self) =>
      count(statements, firstWords((self as StatementSync).sourceSQL)),
    );
  }
  wrap(DatabaseSync.prototype, 'exec', (_, text) => count(statements, firstWords(String(text))));
  // The writer's thread turns no event loop that could ask it to count: its orders are counted.
  const { Worker } = await import('node:worker_threads');
  wrap(Worker.prototype, 'postMessage', (_, order) => countOrder(order as Order));
}

function countOrder(order: Order): void {
  if ('begin' in order) count(statements, 'begin immediate');
  if ('write' in order) count(statements, 'commit');
  const ordered = 'begin' in order ? order.begin : 'write' in order ? order.write : [];
  for (const [sql, runs] of ordered) runs.forEach(() => count(statements, firstWords(sql)));
}

async function countServers(): Promise<void> {
  const { default: pg } = await import('pg');
  const { Redis } = await import('ioredis');
  wrap(pg.Client.prototype, 'query', (_, query) => {
    if (typeof query === 'string') return count(statements, firstWords(query));
    const { name, text } = query as { name?: string; text?: string };
    count(statements, name ?? firstWords(text ?? 'unknown'));
  });
  wrap(Redis.prototype, 'sendCommand', (_, command) =>
    count(redisCommands, (command as { name: string }).name),
  );
}

/** Bytes of the main thread's heap that are in use when all garbage has been collected. */
function heapBytes(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  // What the first one finalizes the second one takes away.
  collect();
  collect();
  return process.memoryUsage().heapUsed;
}

answerCalls(
  {
    heapBytes,
    startCounting: async (profile: Profile) => {
      statements = new Map();
      redisCommands = new Map();
      await (profile === 'embedded' ? countSqlite() : countServers());
    },
    stopCounting: (): DriverCounts => {
      for (const undo of restore) undo();
      restore = [];
      return {
        statements: Object.fromEntries(statements),
        redisCommands: Object.fromEntries(redisCommands),
      };
    },
  },
  () => process.kill(process.pid, 'SIGTERM'),
);
// The channel alone keeps no broker alive.
process.channel?.unref();
