import type { ControlLedger } from '../ports/control-ledger.port.js';
import type { KeyView } from './key-view.js';
import { activeKeys } from './ring.js';
import type { SigningKey } from './signing-key.js';

/** A key that is replaced meanwhile, and by one whose reservation is shorter, is tried again. */
const MAX_TRIES = 5;

/** How far reservations reach beyond what is asked for: a few of them in the life of a key. Seconds. */
export function reservationStep(rotationIntervalSeconds: number): number {
  return Math.max(1, Math.floor(rotationIntervalSeconds / 4));
}

/**
 * Reserves, ahead in the ledger, the last expiry that a key may sign: a key is kept until that is
 * past, so no token outlives its key, whatever settings any broker has or comes to have.
 *
 * A reservation reaches a step beyond what was asked for, and the next one begins when half of
 * that is used up, so mints cause one control change a step and rarely wait for one.
 */
export class ReserveExpiry {
  /** By ring: the expiry that is wanted, while it is being reserved. */
  readonly #wanted = new Map<string, { expiry: number; done: Promise<void> }>();

  /** `refresh` takes the control part in anew. */
  constructor(
    private readonly keys: KeyView,
    private readonly ledger: ControlLedger,
    private readonly refresh: () => Promise<void>,
    private readonly stepSeconds: number,
  ) {}

  /**
   * A ring's active key, once it may sign what expires at `expiry`, Unix seconds: at once in all
   * but one case a step. Throws `ledger_unavailable`, and `internal` where the ring has no key.
   */
  keyFor(ring: string, expiry: number): SigningKey | Promise<SigningKey> {
    const key = this.keys.signer(ring);
    if (expiry > key.signsUntil) return this.#whenReserved(ring, expiry);
    if (expiry > key.signsUntil - this.stepSeconds / 2 && !this.#wanted.has(ring)) {
      // Nobody waits for it: who comes to need it tries again, and hears of it.
      void this.#reserve(ring, expiry).catch(() => undefined);
    }
    return key;
  }

  async #whenReserved(ring: string, expiry: number): Promise<SigningKey> {
    for (let tried = 0; tried < MAX_TRIES; tried += 1) {
      await this.#reserve(ring, expiry);
      const key = this.keys.signer(ring);
      if (expiry <= key.signsUntil) return key;
    }
    throw new Error(`No key of the ring ${ring} could be had until ${expiry}.`);
  }

  /** One at a time for a ring; it takes along whatever is asked for before it decides. */
  #reserve(ring: string, expiry: number): Promise<void> {
    const before = this.#wanted.get(ring);
    if (before !== undefined) {
      before.expiry = Math.max(before.expiry, expiry);
      return before.done;
    }
    const wanted = { expiry, done: Promise.resolve() };
    wanted.done = this.#write(ring, wanted).finally(() => this.#wanted.delete(ring));
    this.#wanted.set(ring, wanted);
    return wanted.done;
  }

  async #write(ring: string, wanted: { readonly expiry: number }): Promise<void> {
    await this.ledger.change(({ keys }) => {
      const active = activeKeys(keys).get(ring);
      const { expiry } = wanted;
      // Another broker may have been quicker.
      if (active === undefined || expiry <= active.signsUntil - this.stepSeconds / 2) {
        return { writes: {}, result: undefined };
      }
      const raised = { ...active, signsUntil: expiry + this.stepSeconds };
      return { writes: { keys: [raised] }, result: undefined };
    });
    await this.refresh();
  }
}
