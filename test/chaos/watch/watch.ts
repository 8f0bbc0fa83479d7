import { Redis } from 'ioredis';
import pg from 'pg';
import type { House } from '../house/house.js';
import { Bounds } from './bounds.js';
import { Checker } from './checker.js';
import { Pulse } from './pulse.js';
import { Timeline } from './timeline.js';

/** Everything that watches a house: what is wrong with it when, how fast it responds, who is right. */
export class Watch {
  readonly timeline = new Timeline();
  readonly bounds: Bounds;
  readonly checker: Checker;
  readonly #ends: (() => unknown)[] = [];

  constructor(house: House) {
    const harness = this.#kept(Pulse.ofHarness());
    const brokers = house.brokers.map(({ broker }) =>
      this.#kept(new Pulse(() => fetch(`${broker.url}/health/live`).then((live) => live.text()))),
    );
    const redis = this.#pulseOfRedis(house);
    const ledger = this.#pulseOfLedger(house);
    this.bounds = new Bounds(this.timeline, { harness, redis, ledger, brokers });
    this.checker = new Checker(this.bounds);
  }

  async stop(): Promise<void> {
    for (const end of this.#ends) await end();
  }

  #kept(pulse: Pulse): Pulse {
    this.#ends.push(() => pulse.stop());
    return pulse;
  }

  #pulseOfRedis({ redis }: House): Pulse {
    const clients = new Map<string, Redis>();
    const clientOf = (url: string): Redis => {
      let client = clients.get(url);
      if (client === undefined) {
        client = new Redis(url, { enableOfflineQueue: false, retryStrategy: () => 200 });
        client.on('error', () => undefined);
        clients.set(url, client);
      }
      return client;
    };
    this.#ends.push(() => clients.forEach((client) => client.disconnect()));
    const ping = () => Promise.allSettled(redis.urls.map((url) => clientOf(url).ping()));
    return this.#kept(new Pulse(ping));
  }

  /** A commit of its own, so that a disk that is slow to flush shows. */
  #pulseOfLedger({ postgres }: House): Pulse {
    const pool = new pg.Pool({ connectionString: postgres.url, max: 1 });
    pool.on('error', () => undefined);
    pool.on('connect', (client) => void client.on('error', () => undefined));
    this.#ends.push(() => pool.end());
    return this.#kept(
      new Pulse(() => pool.query(`select pg_logical_emit_message(true, 'pulse', '')`), 50),
    );
  }
}
