import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { BrokerProcess } from '../../support/broker-process.js';
import { NativeClient } from '../../support/broker-native.js';
import { adminToken } from '../../support/broker-oauth2.js';
import { OpenimClient } from '../../support/broker-openim.js';
import { freePort } from '../../support/free-port.js';
import { type RunningPostgres, startPostgres } from '../../support/postgres-server.js';
import { temporaryDirectory } from '../../support/server-process.js';
import { nowMs } from '../now.js';
import { GRACE_SECONDS } from '../watch/bounds.js';
import { type AppAccess, BrokerCaller } from './broker-caller.js';
import { ClusterRedis } from './cluster-redis.js';
import { SentinelRedis } from './sentinel-redis.js';
import { SingleRedis } from './single-redis.js';

export type RedisHouse = SingleRedis | SentinelRedis | ClusterRedis;
export type RedisKind = RedisHouse['kind'];

export const REDIS_KINDS: readonly RedisKind[] = ['single', 'sentinel', 'cluster'];

/** By then a broker is back by itself, after all that it stands on is. */
export const BACK_MS = 15_000;

/** Sessions per platform under policy 0. */
const CROWD = 30;

/** Real brokers on a real PostgreSQL and a real Redis, all of them ours to harm. */
export class House {
  private constructor(
    readonly postgres: RunningPostgres,
    readonly redis: RedisHouse,
    readonly brokers: readonly BrokerCaller[],
    readonly apps: readonly AppAccess[],
    private readonly directory: string,
  ) {}

  static async open(kind: RedisKind, brokerCount = 3): Promise<House> {
    const directory = await temporaryDirectory('chaos');
    const opened = await Promise.allSettled([startPostgres(), openRedis(kind, brokerCount)]);
    const [postgres, redis] = opened;
    const begun: { stop(): Promise<unknown> }[] = opened.flatMap((one) =>
      one.status === 'fulfilled' ? [one.value] : [],
    );
    try {
      if (postgres.status === 'rejected') throw postgres.reason;
      if (redis.status === 'rejected') throw redis.reason;
      const appSecret = randomBytes(32).toString('base64url');
      const shared = await settings(directory, postgres.value.url, appSecret);
      const brokers: BrokerCaller[] = [];
      for (let n = 0; n < brokerCount; n++) {
        const own = { ...shared, REDIS_URL: redis.value.urlFor(n) };
        const broker = await BrokerProcess.start({ settings: own });
        begun.unshift({ stop: () => broker.kill() });
        brokers.push(new BrokerCaller(n, broker));
      }
      const apps = await openApps(brokers[0]!.broker.url, appSecret);
      return new House(postgres.value, redis.value, brokers, apps, directory);
    } catch (error) {
      for (const one of begun) await one.stop();
      await rm(directory, { recursive: true, force: true });
      throw error;
    }
  }

  app(id: string): AppAccess {
    const found = this.apps.find((app) => app.id === id);
    if (found === undefined) throw new Error(`there is no app ${id}`);
    return found;
  }

  /**
   * Waits until every broker says that all of its parts are up, and returns those that don't in
   * time, with what they say.
   */
  async untilWell(withinMs = BACK_MS): Promise<string[]> {
    const deadline = nowMs() + withinMs;
    for (;;) {
      const states = await Promise.all(this.brokers.map(({ broker }) => readiness(broker.url)));
      const ill = states.flatMap((state, n) => (state === 'up' ? [] : [`broker ${n}: ${state}`]));
      if (ill.length === 0 || nowMs() > deadline) return ill;
      await sleep(50);
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.brokers.map(({ broker }) => broker.kill()));
    await Promise.all([this.postgres.stop(), this.redis.stop()]);
    await rm(this.directory, { recursive: true, force: true });
  }
}

function openRedis(kind: RedisKind, brokers: number): Promise<RedisHouse> {
  switch (kind) {
    case 'single':
      return SingleRedis.start(brokers);
    case 'sentinel':
      return SentinelRedis.start();
    case 'cluster':
      return ClusterRedis.start();
  }
}

async function settings(directory: string, databaseUrl: string, appSecret: string) {
  return {
    DATA_DIR: `${directory}/data`,
    DATABASE_URL: databaseUrl,
    PUBLIC_URL: `http://127.0.0.1:${await freePort()}`,
    COUNTERSIGN_APP_SECRET: appSecret,
    COUNTERSIGN_MASTER_KEY: randomBytes(32).toString('base64'),
    COUNTERSIGN_CHECKS__LEDGER_GRACE_SECONDS: String(GRACE_SECONDS),
    // No run outlives its admin tokens: they are not what is tested here.
    COUNTERSIGN_TOKENS__ADMIN_TTL_SECONDS: String(30 * 24 * 3600),
  };
}

/** `default` has policy 1, one session per platform; `crowd` has policy 0. */
async function openApps(url: string, appSecret: string): Promise<AppAccess[]> {
  const operator = new NativeClient(url, await adminToken(url, appSecret));
  const adminUserIds = ['boss'];
  const { secret } = await operator.createApp('crowd', {
    ...{ multiLoginPolicy: 0, maxNumOneEnd: CROWD, adminUserIds },
  });
  const crowd = new OpenimClient(url, '/apps/crowd');
  return [
    {
      ...{ id: 'default', keep: 1, prefix: '' },
      adminToken: await new OpenimClient(url).admin(appSecret),
    },
    {
      ...{ id: 'crowd', keep: CROWD, prefix: '/apps/crowd' },
      adminToken: await crowd.admin(secret.secret, 'boss'),
    },
  ];
}

async function readiness(url: string): Promise<string> {
  try {
    const answer = await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(2000) });
    const { status, parts } = (await answer.json()) as { status: string; parts: object };
    return status === 'up' ? 'up' : `${status}: ${JSON.stringify(parts)}`;
  } catch (error) {
    return String(error);
  }
}
