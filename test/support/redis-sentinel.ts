import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from './free-port.js';
import { answers, type RunningRedis } from './redis-server.js';
import { REDIS_SERVER, requireProgram } from './require-program.js';
import { ServerProcess, temporaryDirectory } from './server-process.js';

export interface RunningSentinel {
  /** As `REDIS_URL` wants it. */
  readonly url: string;
  stop(): Promise<void>;
}

/**
 * Starts a Redis Sentinel on the loopback that knows one master by a name. With `downAfterMs` it
 * fails over to a replica when the master has been silent for so long.
 */
export async function startSentinel(
  name: string,
  master: Pick<RunningRedis, 'port'>,
  downAfterMs?: number,
): Promise<RunningSentinel> {
  requireProgram(REDIS_SERVER);
  const port = await freePort();
  const directory = await temporaryDirectory('sentinel');
  // A Sentinel keeps what it learns in its settings, so it wants a file that it can write.
  const settings = join(directory, 'sentinel.conf');
  const lines = [
    ...[`port ${port}`, 'bind 127.0.0.1'],
    `sentinel monitor ${name} 127.0.0.1 ${master.port} 1`,
    ...(downAfterMs === undefined
      ? []
      : [
          `sentinel down-after-milliseconds ${name} ${downAfterMs}`,
          `sentinel failover-timeout ${name} ${4 * downAfterMs}`,
        ]),
  ];
  await writeFile(settings, `${lines.join('\n')}\n`);
  const server = await ServerProcess.start(
    { file: 'redis-server', args: [settings, '--sentinel'], directory, stopSignal: 'SIGKILL' },
    () => answers(port),
  );
  return {
    url: `redis+sentinel://127.0.0.1:${port}/${name}`,
    stop: () => server.stop(),
  };
}
