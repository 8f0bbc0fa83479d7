import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { BrokerError } from '../../common/errors.js';
import type { Strength, StrengthWork } from './strength-worker.js';
import { Turns } from './turns.js';

/** Passwords that wait before more are turned away: at worst, a few seconds' worth. */
const WAITING_MAX = 100;
/** How long one may take, the loading of the dictionaries included. */
const PATIENCE_MS = 5000;

const WORKER = new URL(`./strength-worker${extname(import.meta.url)}`, import.meta.url);

interface Asked {
  readonly resolve: (strength: Strength) => void;
  readonly reject: (error: BrokerError) => void;
}

/**
 * Estimates how hard passwords are to guess (zxcvbn), one after the other, on a thread of its own:
 * loading the dictionaries and looking at a password that was made to be hard to look at would
 * hold everybody up.
 *
 * The thread begins with the first password and keeps no process alive. Should it die, or take too
 * long, the next password begins another one.
 */
export class StrengthThread {
  readonly #turns = new Turns(1, WAITING_MAX, 'passwords');
  #worker: Worker | undefined;
  #asked: Asked | undefined;

  /** `patienceMs`: how long one password may take, in milliseconds. */
  constructor(private readonly patienceMs = PATIENCE_MS) {}

  /**
   * `about`: what the password's owner is known by, and so what others would guess first. Throws
   * `overloaded` when too many wait or it takes too long, `internal` when the thread dies. No
   * error holds a cause, because that could hold the password.
   */
  estimate(password: string, about: readonly string[]): Promise<Strength> {
    return this.#turns.take(() => this.#ask({ password, about }));
  }

  async #ask(work: StrengthWork): Promise<Strength> {
    const worker = (this.#worker ??= this.#begin());
    const { promise, resolve, reject } = Promise.withResolvers<Strength>();
    this.#asked = { resolve, reject };
    const patience = setTimeout(() => {
      this.#giveUp(worker, new BrokerError('overloaded', 'the password took too long to judge'));
    }, this.patienceMs);
    worker.ref();
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
    worker.postMessage(work);
    try {
      return await promise;
    } finally {
      clearTimeout(patience);
      worker.unref();
    }
  }

  #begin(): Worker {
    const worker = new Worker(WORKER, { name: 'password-strength' });
    // One that was given up may still have something to say, which answers nobody's question.
    worker.on('message', (strength: Strength) => {
      if (worker === this.#worker) this.#asked?.resolve(strength);
    });
    worker.on('error', () => {
      this.#giveUp(worker, new BrokerError('internal', 'the password could not be judged'));
    });
    return worker;
  }

  #giveUp(worker: Worker, error: BrokerError): void {
    if (worker !== this.#worker) return;
    this.#worker = undefined;
    this.#asked?.reject(error);
    void worker.terminate();
  }
}
