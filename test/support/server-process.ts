import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** An own directory under the system's temporary one, mode 0700. */
export function temporaryDirectory(what: string): Promise<string> {
  return mkdtemp(join(tmpdir(), `countersign-${what}-`));
}

export interface ServerCommand {
  readonly file: string;
  readonly args: readonly string[];
  /** Working directory, place of the log and of temporary files; removed when the server was stopped. */
  readonly directory: string;
  /** What ends the server at once, leaving nothing behind but files. */
  readonly stopSignal: 'SIGKILL' | 'SIGQUIT';
  readonly user?: { readonly uid: number; readonly gid: number };
}

/**
 * A server started for a test run or a benchmark. It ends with `stop()`, and also when this
 * process dies in whatever way: a watcher holds the other end of a pipe.
 */
export class ServerProcess {
  readonly pid: number;
  readonly #command: ServerCommand;
  readonly #child: ChildProcess;
  readonly #watcher: ChildProcess;

  private constructor(command: ServerCommand, child: ChildProcess, pid: number) {
    this.#command = command;
    this.#child = child;
    this.pid = pid;
    this.#watcher = watch(pid, command);
  }

  /** Starts it; `isUp` is asked until it says yes. Throws with the end of its log if it does not come up. */
  static async start(command: ServerCommand, isUp: () => Promise<boolean>): Promise<ServerProcess> {
    const log = openSync(logOf(command), 'a');
    const child = spawn(command.file, command.args, {
      cwd: command.directory,
      env: { ...process.env, TMPDIR: command.directory },
      stdio: ['ignore', log, log],
      // Out of the terminal's group: an interrupted run ends its servers in order, by teardown.
      detached: true,
      ...command.user,
    });
    closeSync(log);
    const failed = new Promise<never>((_, reject) => child.once('error', reject));
    await Promise.race([new Promise((resolve) => child.once('spawn', resolve)), failed]);
    child.unref();
    const server = new ServerProcess(command, child, child.pid ?? 0);
    const deadline = performance.now() + 30_000;
    while (!(await isUp())) {
      if (server.#hasExited() || performance.now() > deadline) {
        const tail = (await readFile(logOf(command), 'utf8')).split('\n').slice(-15).join('\n');
        await server.stop();
        throw new Error(`${command.file} did not start:\n${tail}`);
      }
      await sleep(25);
    }
    return server;
  }

  /** Ends it and removes its directory. May be called again. */
  async stop(): Promise<void> {
    await this.kill(this.#command.stopSignal);
    if (!this.#watcher.stdin?.destroyed) this.#watcher.stdin?.end('stopped\n');
    await rm(this.#command.directory, { recursive: true, force: true, maxRetries: 5 });
  }

  /** Sends a signal, waits until the process has gone, and leaves its directory for the next. */
  async leave(signal: NodeJS.Signals): Promise<void> {
    await this.kill(signal);
    if (!this.#watcher.stdin?.destroyed) this.#watcher.stdin?.end('left\n');
  }

  /** Sends a signal and waits until the process has gone. */
  async kill(signal: NodeJS.Signals): Promise<void> {
    if (this.#hasExited()) return;
    const gone = new Promise<void>((resolve) => this.#child.once('exit', () => resolve()));
    this.#child.ref();
    this.#child.kill(signal);
    const forced = setTimeout(() => this.#child.kill('SIGKILL'), 10_000);
    await gone;
    clearTimeout(forced);
  }

  #hasExited(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }
}

function logOf(command: ServerCommand): string {
  return join(command.directory, 'server.log');
}

// Ends at once on a line; at the end of its input without one (we died), it ends the server.
const WATCH = `read -r _ && exit 0
kill -s "$2" "$1" 2>/dev/null
n=0; while kill -0 "$1" 2>/dev/null && [ $n -lt 50 ]; do sleep 0.1; n=$((n+1)); done
rm -rf -- "$3"`;

function watch(pid: number, command: ServerCommand): ChildProcess {
  const signal = command.stopSignal.slice('SIG'.length);
  const watcher = spawn('/bin/sh', ['-c', WATCH, 'sh', String(pid), signal, command.directory], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  watcher.stdin?.on('error', () => undefined);
  watcher.unref();
  return watcher;
}
