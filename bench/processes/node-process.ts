import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { Answer, Call } from './calls.js';

export interface NodeProcessStart {
  /** File and its arguments. */
  readonly script: readonly string[];
  /** Options of Node itself. */
  readonly nodeOptions?: readonly string[];
  /** Added to this process's environment; undefined takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Where its output goes. */
  readonly logFile: string;
}

/** A process of the benchmark, on the same Node as this one, which it can call. */
export class NodeProcess {
  readonly pid: number;
  readonly #child: ChildProcess;
  readonly #logFile: string;
  readonly #pending = new Map<number, PromiseWithResolvers<unknown>>();
  #lastId = 0;

  constructor({ script, nodeOptions = [], env = {}, logFile }: NodeProcessStart) {
    const log = openSync(logFile, 'a', 0o600);
    this.#logFile = logFile;
    this.#child = spawn(process.execPath, [...nodeOptions, ...script], {
      env: { ...process.env, ...env },
      stdio: ['ignore', log, log, 'ipc'],
      // Out of the terminal's group: an interrupted run ends its processes by itself.
      detached: true,
    });
    closeSync(log);
    this.pid = this.#child.pid ?? 0;
    this.#child.on('message', (answer: Answer) => this.#settle(answer));
    this.#child.once('exit', () => void this.#exited());
    this.#child.once('error', (error) => this.#fail(error));
  }

  async call<Result>(call: string, argument: unknown = null): Promise<Result> {
    if (!this.isRunning) throw new Error(`the process has ended:\n${await this.logTail()}`);
    const id = ++this.#lastId;
    const pending = Promise.withResolvers<unknown>();
    this.#pending.set(id, pending);
    this.#child.send({ call, id, argument } satisfies Call);
    return pending.promise as Promise<Result>;
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  async logTail(): Promise<string> {
    return (await readFile(this.#logFile, 'utf8')).split('\n').slice(-15).join('\n');
  }

  /** Asks it to end and waits until it has. */
  async stop(): Promise<void> {
    if (!this.isRunning) return;
    const gone = new Promise<void>((resolve) => this.#child.once('exit', () => resolve()));
    this.#child.kill('SIGTERM');
    const forced = setTimeout(() => this.#child.kill('SIGKILL'), 15_000);
    await gone;
    clearTimeout(forced);
  }

  #settle({ id, result, error }: Answer): void {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    if (error === undefined) pending?.resolve(result);
    else pending?.reject(new Error(error));
  }

  async #exited(): Promise<void> {
    this.#fail(new Error(`a process of the benchmark has ended:\n${await this.logTail()}`));
  }

  #fail(error: Error): void {
    for (const { reject } of this.#pending.values()) reject(error);
    this.#pending.clear();
  }
}
