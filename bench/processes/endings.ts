import { rm } from 'node:fs/promises';

/** Those that have something to end. */
const open = new Set<Endings>();

/** What must be ended, in the reverse of the order in which it was begun. */
export class Endings {
  readonly #ends: (() => Promise<unknown> | void)[] = [];

  constructor() {
    open.add(this);
  }

  /** Ends all that was begun and not ended. */
  static async runAll(): Promise<void> {
    for (const endings of open) await endings.run();
  }

  add(end: () => Promise<unknown> | void): void {
    this.#ends.push(end);
  }

  /** A process with a directory of its own. */
  addProcess(started: { stop(): Promise<void> }, directory: string): void {
    this.add(() => rm(directory, { recursive: true, force: true, maxRetries: 5 }));
    this.add(() => started.stop());
  }

  async run(): Promise<void> {
    open.delete(this);
    for (const end of this.#ends.splice(0).toReversed()) await end();
  }
}
