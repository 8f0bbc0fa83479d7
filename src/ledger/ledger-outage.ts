import { BrokerError } from '../common/errors.js';

/**
 * Whether the ledger is out, as the reader of the feed finds: what needs it then fails at once, and
 * what was waiting for it does not wait for a connection to time out.
 */
export class LedgerOutage {
  #out = false;
  readonly #waiting = new Set<(error: BrokerError) => void>();

  get isOut(): boolean {
    return this.#out;
  }

  declare(): void {
    if (this.#out) return;
    this.#out = true;
    const error = new BrokerError(
      'ledger_unavailable',
      'the ledger went away; whether a change was made is not known',
    );
    for (const reject of this.#waiting) reject(error);
    this.#waiting.clear();
  }

  over(): void {
    this.#out = false;
  }

  /**
   * What `work` comes to, or `ledger_unavailable`: at once, and `work` is not begun, while the
   * ledger is out, and as soon as it goes. What was begun then is not undone by this.
   */
  guard<T>(work: () => Promise<T>): Promise<T> {
    if (this.#out) {
      const detail = 'the ledger cannot be reached now; nothing was changed';
      return Promise.reject(new BrokerError('ledger_unavailable', detail));
    }
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    this.#waiting.add(reject);
    work()
      .then(resolve, reject)
      .finally(() => this.#waiting.delete(reject));
    return promise;
  }
}
