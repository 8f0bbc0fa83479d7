import { ChangeEvents, type ChangeEvent, type Heard } from '../../ports/change-events.port.js';

const ALWAYS: Heard = { sinceMs: -Infinity, untilMs: Infinity };

/** Change events within one process, for a broker that is alone on its ledger. */
export class MemoryChangeEvents extends ChangeEvents {
  readonly #listeners = new Map<symbol, (event: ChangeEvent) => void>();
  readonly #report: (what: string, error: unknown) => void;

  /** `report` hears of listeners that threw. */
  constructor(report: (what: string, error: unknown) => void) {
    super();
    this.#report = report;
  }

  /** Every listener has heard the event when this returns. */
  override publish(event: ChangeEvent): Promise<void> {
    for (const listener of [...this.#listeners.values()]) {
      try {
        listener(event);
      } catch (error) {
        this.#report('A listener to change events failed', error);
      }
    }
    return Promise.resolve();
  }

  override subscribe(listener: (event: ChangeEvent) => void): () => void {
    const id = Symbol('listener');
    this.#listeners.set(id, listener);
    return () => void this.#listeners.delete(id);
  }

  /** Whoever publishes calls the listeners: nothing can be missed. */
  override heard(): Heard {
    return ALWAYS;
  }
}
