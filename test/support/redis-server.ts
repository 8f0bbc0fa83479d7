import { connect } from 'node:net';
import { freePort } from './free-port.js';
import { REDIS_SERVER, requireProgram } from './require-program.js';
import { type ServerCommand, ServerProcess, temporaryDirectory } from './server-process.js';

export interface RunningRedis {
  readonly url: string;
  readonly port: number;
  /** Of the process now running, or of the last one. */
  readonly pid: number;
  /** Its working directory. */
  readonly directory: string;
  stop(): Promise<void>;
  /** Kills it with SIGKILL: the server has no time to say good-bye. */
  kill(): Promise<void>;
  /** Starts a killed one again, with what lies in its directory: by itself it puts no data there. */
  startAgain(): Promise<void>;
}

export interface RedisStart {
  /** (any free one) */
  readonly port?: number;
  /** More command-line arguments of redis-server. */
  readonly args?: readonly string[];
}

/** Starts a redis-server of its own on the loopback, which keeps nothing on disk. */
export async function startRedis(options: RedisStart = {}): Promise<RunningRedis> {
  requireProgram(REDIS_SERVER);
  const port = options.port ?? (await freePort());
  const directory = await temporaryDirectory('redis');
  const command: ServerCommand = {
    file: 'redis-server',
    args: [
      ...['--port', String(port), '--bind', '127.0.0.1', '--dir', directory],
      ...['--save', '', '--appendonly', 'no', '--daemonize', 'no'],
      ...(options.args ?? []),
    ],
    directory,
    stopSignal: 'SIGKILL',
  };
  let server = await ServerProcess.start(command, () => answers(port));
  return {
    ...{ url: `redis://127.0.0.1:${port}`, port, directory },
    get pid() {
      return server.pid;
    },
    stop: () => server.stop(),
    kill: () => server.kill('SIGKILL'),
    startAgain: async () => {
      await server.leave('SIGKILL');
      server = await ServerProcess.start(command, () => answers(port));
    },
  };
}

/** Whether something that speaks Redis's protocol answers on a port of the loopback. */
export function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('PING\r\n'));
    const done = (up: boolean): void => {
      socket.destroy();
      resolve(up);
    };
    socket.setTimeout(1000, () => done(false));
    socket.once('error', () => done(false));
    socket.once('close', () => resolve(false));
    // With a password set, the refusal is an answer as good as another.
    socket.once('data', (reply) => done(/^(\+PONG|-NOAUTH)/.test(reply.toString('latin1'))));
  });
}
