import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from './free-port.js';
import { REPOSITORY } from './repository.js';

const MAIN = join(REPOSITORY, 'dist/main.js');

const START_MS = 30_000;

export interface BrokerStart {
  /** Environment variables of the broker; it gets nothing else but `PATH`. */
  readonly settings: Readonly<Record<string, string>>;
  /** (any free one) */
  readonly port?: number;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A real broker: the built program in a process of its own, on the loopback. */
export class BrokerProcess {
  readonly port: number;
  readonly url: string;
  #settings: Readonly<Record<string, string>>;
  #run: Run;

  private constructor(settings: Readonly<Record<string, string>>, port: number, run: Run) {
    this.#settings = settings;
    this.port = port;
    this.url = `http://127.0.0.1:${port}`;
    this.#run = run;
  }

  /** Starts one and waits until it answers. Throws with its output when it ends instead. */
  static async start({ settings, port: wanted }: BrokerStart): Promise<BrokerProcess> {
    const port = wanted ?? (await freePort());
    const broker = new BrokerProcess(settings, port, new Run(settings, port));
    await broker.#untilUp();
    return broker;
  }

  /** Runs one that is expected to end by itself, and returns how it ended and what it said. */
  static async runToEnd(
    settings: Readonly<Record<string, string>>,
  ): Promise<Exit & { readonly output: string }> {
    const run = new Run(settings, await freePort());
    const late = setTimeout(() => run.child.kill('SIGKILL'), START_MS);
    const exit = await run.exited;
    clearTimeout(late);
    return { ...exit, output: run.output };
  }

  get pid(): number {
    return this.#run.child.pid ?? 0;
  }

  get isRunning(): boolean {
    return !this.#run.hasExited;
  }

  /** What the process now running, or the last one, wrote to standard output and error. */
  get output(): string {
    return this.#run.output;
  }

  /** Asks it to stop, as a supervisor does, and waits until it has. */
  stop(): Promise<Exit> {
    return this.#end('SIGTERM');
  }

  /** Ends it without a chance to tidy up. */
  kill(): Promise<Exit> {
    return this.#end('SIGKILL');
  }

  /** Starts it again on the same port, with the same settings but for the changes given. */
  async startAgain(changes: Readonly<Record<string, string>> = {}): Promise<void> {
    await this.#run.exited;
    this.#settings = { ...this.#settings, ...changes };
    this.#run = new Run(this.#settings, this.port);
    await this.#untilUp();
  }

  /** Resolves when the process now running, or the last one, has ended. */
  get ended(): Promise<Exit> {
    return this.#run.exited;
  }

  #end(signal: NodeJS.Signals): Promise<Exit> {
    this.#run.child.kill(signal);
    return this.#run.exited;
  }

  async #untilUp(): Promise<void> {
    const deadline = performance.now() + START_MS;
    while (!(await isLive(this.url))) {
      if (!this.#run.hasExited && performance.now() < deadline) {
        await sleep(20);
        continue;
      }
      await this.kill();
      throw new Error(`the broker did not start:\n${this.output}`);
    }
  }
}

/** One life of the process. It ends with the test process, however that ends. */
class Run {
  readonly child: ChildProcess;
  readonly exited: Promise<Exit>;
  hasExited = false;
  output = '';

  constructor(settings: Readonly<Record<string, string>>, port: number) {
    if (!existsSync(MAIN)) throw new Error('dist/main.js is missing. Run: npm run build');
    this.child = spawn(process.execPath, [MAIN], {
      cwd: REPOSITORY,
      env: { PATH: process.env['PATH'], PORT: String(port), ...settings },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const watcher = watch(this.child.pid ?? 0);
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => void (this.output += text));
    }
    this.exited = new Promise((resolve) => {
      this.child.once('close', (code, signal) => {
        this.hasExited = true;
        watcher.stdin?.end('ended\n');
        resolve({ code, signal });
      });
    });
  }
}

/** Holds the other end of a pipe: at its end without a line, we died, and the broker goes, too. */
function watch(pid: number): ChildProcess {
  const watcher = spawn('/bin/sh', ['-c', 'read -r _ || kill -s KILL "$1"', 'sh', String(pid)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  watcher.stdin?.on('error', () => undefined);
  watcher.unref();
  return watcher;
}

async function isLive(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/health/live`)).ok;
  } catch {
    return false;
  }
}
