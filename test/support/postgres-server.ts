import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, chown, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { freePort } from './free-port.js';
import { findPostgres, unprivilegedUser } from './postgres-binaries.js';
import { type ServerCommand, ServerProcess, temporaryDirectory } from './server-process.js';

export interface RunningPostgres {
  /** With a password that was made up for this server. */
  readonly url: string;
  readonly port: number;
  /** Of the server process now running, or of the last one. */
  readonly pid: number;
  stop(): Promise<void>;
  /** Ends the server as a restart does: connections are cut, what was committed is on disk. */
  shutDown(): Promise<void>;
  /** Kills all of its processes with SIGKILL, as the end of the machine would. */
  kill(): Promise<void>;
  /** Starts it again on what it left, which may take it a crash recovery. */
  startAgain(): Promise<void>;
  /** Sends a signal to all of its processes. */
  signal(signal: NodeJS.Signals): Promise<void>;
}

/**
 * What a server that means it runs with. Benchmarks stand on it, so nothing here trades
 * durability for speed.
 */
const SETTINGS: Readonly<Record<string, string>> = {
  fsync: 'on',
  synchronous_commit: 'on',
  full_page_writes: 'on',
  max_connections: '200',
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  shared_buffers: '256MB',
};

/** Starts a PostgreSQL of its own on the loopback. `settings` add to or replace the above. */
export async function startPostgres(
  settings: Readonly<Record<string, string>> = {},
): Promise<RunningPostgres> {
  const directory = await temporaryDirectory('postgres');
  const user = unprivilegedUser();
  const binaries = await findPostgres(directory, user);
  const data = join(directory, 'data');
  const password = randomBytes(18).toString('base64url');
  const passwordFile = join(directory, 'password');
  await mkdir(data);
  await writeFile(passwordFile, password, { mode: 0o600 });
  if (user) {
    for (const path of [directory, data, passwordFile]) await chown(path, user.uid, user.gid);
  }
  await chmod(data, 0o700);
  await promisify(execFile)(
    binaries.initdb,
    [
      ...['-D', data, '--username=postgres', `--pwfile=${passwordFile}`, '--auth=scram-sha-256'],
      // Spares the flush of the empty tables, not one of the server's own.
      ...['--encoding=UTF8', '--locale=C', '--no-sync'],
    ],
    { cwd: directory, ...user },
  );
  await rm(passwordFile);
  const port = await freePort();
  const url = `postgres://postgres:${password}@127.0.0.1:${port}/postgres`;
  const all = Object.entries({ ...SETTINGS, ...settings });
  const command: ServerCommand = {
    file: binaries.postgres,
    args: ['-D', data, '-p', String(port), ...all.flatMap(([k, v]) => ['-c', `${k}=${v}`])],
    directory,
    // The immediate shutdown: it takes its processes and shared memory along.
    stopSignal: 'SIGQUIT',
    ...(user ? { user } : {}),
  };
  let server = await ServerProcess.start(command, () => accepts(url));
  const signal = async (name: NodeJS.Signals): Promise<void> => {
    // The postmaster first: a stopped one starts no more processes.
    for (const pid of [server.pid, ...(await childrenOf(server.pid))]) sendSignal(pid, name);
  };
  return {
    ...{ url, port, signal },
    get pid() {
      return server.pid;
    },
    stop: () => server.stop(),
    shutDown: () => server.leave('SIGINT'),
    kill: async () => {
      await signal('SIGSTOP');
      await signal('SIGKILL');
      await server.leave('SIGKILL');
    },
    startAgain: async () => {
      server = await ServerProcess.start(command, () => accepts(url));
    },
  };
}

async function childrenOf(pid: number): Promise<number[]> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'pid=,ppid=']);
  const processes = stdout.split('\n').map((line) => line.trim().split(/\s+/).map(Number));
  return processes.flatMap(([child = 0, parent]) => (parent === pid ? [child] : []));
}

function sendSignal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has gone meanwhile.
  }
}

async function accepts(url: string): Promise<boolean> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 2000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}
