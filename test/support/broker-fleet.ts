import { randomBytes, randomInt } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { inject } from 'vitest';
import { BrokerProcess } from './broker-process.js';
import { freePort } from './free-port.js';
import { temporaryDirectory } from './server-process.js';
import { createDatabase } from './test-database.js';

export type Profile = 'embedded' | 'cluster';

/** The profiles that every feature must work on. */
export const PROFILES: readonly Profile[] = ['embedded', 'cluster'];

export type Settings = Readonly<Record<string, string>>;

/** The brokers of one installation: one where it is embedded, two in a cluster. */
export interface Fleet {
  readonly profile: Profile;
  readonly brokers: readonly BrokerProcess[];
  readonly first: BrokerProcess;
  /** Another broker than the first where there is one. */
  readonly other: BrokerProcess;
  /** Secret of the app `default`. */
  readonly appSecret: string;
  readonly issuer: string;
  /** Where the embedded ledger lies. */
  readonly dataDirectory: string;
  /** What the brokers were started with. */
  readonly settings: Settings;
  stop(): Promise<void>;
}

const BROKERS = { embedded: 1, cluster: 2 } as const;

/**
 * Starts an installation on a ledger of its own: a fresh directory, or a fresh database and the
 * test run's Redis. `settings` are environment variables for every broker.
 */
export async function startFleet(profile: Profile, settings: Settings = {}): Promise<Fleet> {
  const directory = await temporaryDirectory('broker');
  const database = profile === 'cluster' ? await createDatabase() : undefined;
  const ports = await freePorts(BROKERS[profile]);
  const issuer = `http://127.0.0.1:${ports[0]}`;
  const appSecret = randomBytes(32).toString('base64url');
  const dataDirectory = join(directory, 'data');
  const all: Settings = {
    DATA_DIR: dataDirectory,
    PUBLIC_URL: issuer,
    COUNTERSIGN_APP_SECRET: appSecret,
    COUNTERSIGN_MASTER_KEY: randomBytes(32).toString('base64'),
    ...(database === undefined ? {} : { DATABASE_URL: database.url, REDIS_URL: ownRedis() }),
    ...settings,
  };
  const starts = await Promise.allSettled(
    ports.map((port) => BrokerProcess.start({ settings: all, port })),
  );
  const brokers = starts.flatMap((start) => (start.status === 'fulfilled' ? [start.value] : []));
  const stop = async (): Promise<void> => {
    await Promise.all(brokers.map((broker) => broker.kill()));
    await database?.drop();
    await rm(directory, { recursive: true, force: true });
  };
  const failure = starts.find((start) => start.status === 'rejected');
  if (failure !== undefined) {
    await stop();
    throw failure.reason;
  }
  const first = brokers[0]!;
  return {
    ...{ profile, brokers, first, other: brokers[1] ?? first },
    ...{ appSecret, issuer, dataDirectory, settings: all, stop },
  };
}

/** A database of the shared Redis, where it has such, so that test files stay apart. */
function ownRedis(): string {
  const url = inject('redisUrl');
  return /^redis:\/\/[^,/]+$/.test(url) ? `${url}/${randomInt(1, 16)}` : url;
}

async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>();
  while (ports.size < count) ports.add(await freePort());
  return [...ports];
}
