import { setTimeout as sleep } from 'node:timers/promises';
import { BrokerError } from '../common/errors.js';

/** The messages that are being sent or wait for it: never more than so many. */
export class InFlight {
  readonly #messages = new Set<Promise<void>>();
  #draining = false;

  constructor(private readonly most: number) {}

  /** Sends. Throws `BrokerError('notifier_unavailable')`, with nothing sent, when there is no room. */
  async run(send: () => Promise<void>): Promise<void> {
    if (this.#draining) {
      throw new BrokerError('notifier_unavailable', 'the broker is stopping');
    }
    if (this.#messages.size >= this.most) {
      throw new BrokerError('notifier_unavailable', 'too many messages are waiting to be sent');
    }
    const message = send();
    this.#messages.add(message);
    try {
      await message;
    } finally {
      this.#messages.delete(message);
    }
  }

  /** Lets no more in, and resolves when the last is through or after so many milliseconds. */
  async drain(patienceMs: number): Promise<void> {
    this.#draining = true;
    const patience = new AbortController();
    const { signal } = patience;
    await Promise.race([
      Promise.allSettled(this.#messages),
      sleep(patienceMs, undefined, { signal }).catch(() => undefined),
    ]);
    patience.abort();
  }
}
