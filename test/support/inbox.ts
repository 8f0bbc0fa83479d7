import { setTimeout as sleep } from 'node:timers/promises';

const PATIENCE_MS = 10_000;

/** Messages that arrived at a test's server, by recipient. Each is handed out once, in order. */
export class Inbox<T> {
  readonly #arrived = new Map<string, T[]>();
  readonly #waiting = new Map<string, ((message: T) => void)[]>();

  deliver(recipient: string, message: T): void {
    const waiting = this.#waiting.get(recipient)?.shift();
    if (waiting !== undefined) return waiting(message);
    this.#arrived.set(recipient, [...(this.#arrived.get(recipient) ?? []), message]);
  }

  /** The next message to a recipient, or the oldest that nobody has taken. Rejects when none comes. */
  async next(recipient: string): Promise<T> {
    const arrived = this.#arrived.get(recipient)?.shift();
    if (arrived !== undefined) return arrived;
    const { promise, resolve } = Promise.withResolvers<T>();
    this.#waiting.set(recipient, [...(this.#waiting.get(recipient) ?? []), resolve]);
    const patience = new AbortController();
    const late = sleep(PATIENCE_MS, undefined, { signal: patience.signal }).then(() => {
      throw new Error(`no message to ${recipient} arrived within ${PATIENCE_MS} ms`);
    });
    try {
      return await Promise.race([promise, late]);
    } finally {
      patience.abort();
      late.catch(() => undefined);
    }
  }

  /** How many to a recipient nobody has taken. */
  left(recipient: string): number {
    return this.#arrived.get(recipient)?.length ?? 0;
  }
}
