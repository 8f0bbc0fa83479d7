import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Answer, Order, WriterStart } from './writer-messages.js';

/** Compiled if we are compiled, a source if we are one. */
const THREAD = new URL(`./sqlite-writer.thread${extname(import.meta.filename)}`, import.meta.url);

export interface WriterThreadOptions {
  /** Milliseconds that a transaction waits for a lock that another process has. */
  readonly patienceMs: number;
  /** Told when the thread ends unasked. */
  readonly report: (what: string, error: unknown) => void;
}

/**
 * The main thread's end of the writer: one order at a time. It keeps the process alive only while
 * an answer is due.
 */
export class WriterThread {
  readonly #worker: Worker;
  readonly #orders = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  readonly #ended: Promise<void>;
  #asked: PromiseWithResolvers<Answer | undefined> | undefined;
  #state: 'serving' | 'closing' | 'ended' = 'serving';

  /** Starts it. What goes wrong with that shows in the first answer. */
  constructor(path: string, { patienceMs, report }: WriterThreadOptions) {
    const workerData: WriterStart = { path, patienceMs, orders: this.#orders };
    this.#worker = new Worker(THREAD, { workerData });
    this.#worker.on('message', (answer: Answer) => this.#settle(answer));
    let cause: unknown;
    this.#worker.on('error', (error) => (cause = error));
    this.#ended = new Promise((resolve) => {
      this.#worker.once('exit', () => {
        if (this.#state !== 'closing') report('the writer of the ledger has ended', cause);
        this.#state = 'ended';
        this.#settle(undefined);
        resolve();
      });
    });
    this.#worker.unref();
  }

  get hasEnded(): boolean {
    return this.#state === 'ended';
  }

  /**
   * Gives an order and resolves with what came of it; with undefined when the thread has ended
   * first. By then its connection is closed, and a transaction that it had not committed is
   * undone. Throws when the order can't be sent: then nobody knows of it.
   */
  async ask(order: Order): Promise<Answer | undefined> {
    if (this.hasEnded) return undefined;
    this.#send(order);
    this.#asked = Promise.withResolvers();
    return this.#asked.promise;
  }

  /** Resolves when the thread has closed its connection and ended. */
  async close(): Promise<void> {
    if (this.#state === 'serving') {
      this.#state = 'closing';
      this.#send({ close: true });
    }
    await this.#ended;
  }

  #send(order: Order): void {
    this.#worker.postMessage(order);
    this.#worker.ref();
    Atomics.add(this.#orders, 0, 1);
    Atomics.notify(this.#orders, 0);
  }

  #settle(answer: Answer | undefined): void {
    const asked = this.#asked;
    this.#asked = undefined;
    if (this.#state === 'serving') this.#worker.unref();
    asked?.resolve(answer);
  }
}
