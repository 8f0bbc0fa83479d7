import { sign, type KeyObject } from 'node:crypto';
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { SigningWork } from './signing-worker.js';

/** Inputs in one message: few enough that the first answers go out while the rest is signed. */
const MAX_INPUTS = 128;
/** How long there is no thread after one has died. */
const REST_MS = 1000;

const WORKER = new URL(`./signing-worker${extname(import.meta.url)}`, import.meta.url);

interface Asked {
  readonly input: string;
  readonly resolve: (signature: string) => void;
  readonly reject: (error: unknown) => void;
}

/** What goes in one message. */
interface Group {
  readonly key: KeyObject;
  readonly asked: Asked[];
}

/**
 * ES256 signatures from a thread of its own. All that are asked for in one go, as after a group
 * commit, travel in one message, and so do their signatures: a job of libuv's pool for each costs
 * the main thread several times as much.
 *
 * The thread begins with the first signature and keeps no process alive. Should it die, what it
 * owed and what is asked for in the next second is signed here, and then another one begins.
 */
export class SigningThread {
  #worker: Worker | undefined;
  #resting = false;
  #gathered: Group[] = [];
  /** What the worker has not answered yet, in the order of its answers. */
  #sent: Group[] = [];

  /** `onDeath` hears why a thread died. */
  constructor(private readonly onDeath: (error: unknown) => void = () => undefined) {}

  /** Rejects only where the key can't sign. `key`: an EC P-256 private key; `input`: ASCII. */
  sign(key: KeyObject, input: string): Promise<string> {
    return new Promise((resolve, reject) => {
      // When the promises that are settled by now have run: they ask for more of the same.
      if (this.#gathered.length === 0) process.nextTick(() => this.#send());
      const asked = { input, resolve, reject };
      const last = this.#gathered.at(-1);
      if (last !== undefined && last.key === key && last.asked.length < MAX_INPUTS) {
        last.asked.push(asked);
      } else {
        this.#gathered.push({ key, asked: [asked] });
      }
    });
  }

  #send(): void {
    const groups = this.#gathered;
    this.#gathered = [];
    const worker = this.#resting ? undefined : (this.#worker ??= this.#begin());
    if (worker === undefined) return groups.forEach(signHere);
    if (this.#sent.length === 0) worker.ref();
    for (const group of groups) {
      this.#sent.push(group);
      const inputs = group.asked.map(({ input }) => input);
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
      worker.postMessage({ key: group.key, inputs } satisfies SigningWork);
    }
  }

  #begin(): Worker {
    const worker = new Worker(WORKER, { name: 'signing' });
    worker.on('message', (signatures: readonly string[]) => {
      const group = this.#sent.shift();
      if (this.#sent.length === 0) worker.unref();
      for (const [index, { resolve }] of group?.asked.entries() ?? []) {
        resolve(signatures[index] as string);
      }
    });
    worker.on('error', this.onDeath);
    worker.on('exit', () => this.#bury());
    return worker;
  }

  #bury(): void {
    this.#worker = undefined;
    this.#resting = true;
    setTimeout(() => void (this.#resting = false), REST_MS).unref();
    const owed = this.#sent;
    this.#sent = [];
    owed.forEach(signHere);
  }
}

function signHere({ key, asked }: Group): void {
  for (const { input, resolve, reject } of asked) {
    try {
      const ecdsa = { key, dsaEncoding: 'ieee-p1363' } as const;
      resolve(sign('sha256', Buffer.from(input, 'latin1'), ecdsa).toString('base64url'));
    } catch (error) {
      reject(error);
    }
  }
}
