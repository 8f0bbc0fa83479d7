import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../test/support/free-port.js';
import { temporaryDirectory } from '../../test/support/server-process.js';
import { NodeProcess } from './node-process.js';

const PROBE = fileURLToPath(new URL('broker-probe.js', import.meta.url));
/** What `npm run build` made, from the root of the repository. */
const MAIN = 'dist/main.js';

export interface BrokerSecrets {
  readonly appSecret: string;
  readonly masterKey: string;
}

export function makeSecrets(): BrokerSecrets {
  return {
    appSecret: randomBytes(32).toString('base64url'),
    masterKey: randomBytes(32).toString('base64'),
  };
}

export interface BrokerStart {
  readonly secrets: BrokerSecrets;
  /** Both or neither: the profile. */
  readonly databaseUrl?: string;
  readonly redisUrl?: string;
  /** An earlier broker's, to go on with its ledger. */
  readonly dataDirectory?: string;
  /** Where its CPU profile goes when it ends. */
  readonly cpuProfile?: string | undefined;
  /** Environment variables besides. */
  readonly settings?: Readonly<Record<string, string>>;
}

export interface RunningBroker {
  /** `host:port`. */
  readonly host: string;
  readonly dataDirectory: string;
  readonly process: NodeProcess;
}

/** Starts the broker as it is shipped, with its default settings, and waits until it is ready. */
export async function startBroker(start: BrokerStart): Promise<RunningBroker> {
  const dataDirectory = start.dataDirectory ?? (await temporaryDirectory('bench-broker'));
  const port = await freePort();
  const broker = new NodeProcess({
    script: [MAIN],
    nodeOptions: [
      `--import=${PROBE}`,
      ...(start.cpuProfile === undefined
        ? []
        : ['--cpu-prof', `--cpu-prof-dir=${start.cpuProfile}`]),
    ],
    logFile: join(dataDirectory, 'broker.log'),
    env: {
      NODE_ENV: undefined,
      HOST: '127.0.0.1',
      PORT: String(port),
      DATA_DIR: dataDirectory,
      DATABASE_URL: start.databaseUrl,
      REDIS_URL: start.redisUrl,
      COUNTERSIGN_APP_SECRET: start.secrets.appSecret,
      COUNTERSIGN_MASTER_KEY: start.secrets.masterKey,
      // A run may last longer than the default.
      COUNTERSIGN_TOKENS__ADMIN_TTL_SECONDS: '14400',
      ...start.settings,
    },
  });
  const host = `127.0.0.1:${port}`;
  await untilReady(host, broker);
  return { host, dataDirectory, process: broker };
}

async function untilReady(host: string, broker: NodeProcess): Promise<void> {
  const deadline = performance.now() + 30_000;
  while (!(await isReady(host))) {
    if (!broker.isRunning || performance.now() > deadline) {
      const tail = await broker.logTail();
      await broker.stop();
      throw new Error(`the broker did not start:\n${tail}`);
    }
    await sleep(50);
  }
}

async function isReady(host: string): Promise<boolean> {
  try {
    return (await fetch(`http://${host}/health/ready`)).ok;
  } catch {
    return false;
  }
}
