import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from './free-port.js';
import { answers, requireRedisServer, type RunningRedis } from './redis-server.js';
import { ServerProcess, temporaryDirectory } from './server-process.js';

export interface RunningSentinel {
  /** As `REDIS_URL` wants it. */
  readonly url: string;
  stop(): Promise<void>;
}

/** Starts a Redis Sentinel on the loopback that knows one master by a name. */
export async function startSentinel(name: string, master: RunningRedis): Promise<RunningSentinel> {
  requireRedisServer();
  const port = await freePort();
  const directory = await temporaryDirectory('sentinel');
  // A Sentinel keeps what it learns in its settings, so it wants a file that it can write.
  const settings = join(directory, 'sentinel.conf');
  await writeFile(
    settings,
    `port ${port}\nbind 127.0.0.1\nsentinel monitor ${name} 127.0.0.1 ${master.port} 1\n`,
  );
  const server = await ServerProcess.start(
    { file: 'redis-server', args: [settings, '--sentinel'], directory, stopSignal: 'SIGKILL' },
    () => answers(port),
  );
  return {
    url: `redis+sentinel://127.0.0.1:${port}/${name}`,
    stop: () => server.stop(),
  };
}
