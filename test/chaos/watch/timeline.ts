import { nowMs } from '../now.js';

/** What a fault takes away. */
export type Realm = 'redis' | 'ledger' | 'broker';

/** A time of trouble: from before the first harm until everything was seen to be well again. */
export interface Trouble {
  readonly name: string;
  readonly realms: readonly Realm[];
  /** Which broker is harmed; undefined: none in particular. */
  readonly broker: number | undefined;
  readonly from: number;
  /** Infinite while it lasts. */
  until: number;
}

/**
 * For how long after a trouble its consequences may still show: requests that began in it, and
 * connections for events that are tried again once a second.
 */
export const AFTERMATH_MS = 3000;

/** When which fault was active. */
export class Timeline {
  readonly #troubles: Trouble[] = [];

  open(name: string, realms: readonly Realm[], broker?: number): Trouble {
    const trouble: Trouble = { name, realms, broker, from: nowMs(), until: Infinity };
    this.#troubles.push(trouble);
    return trouble;
  }

  close(trouble: Trouble): void {
    trouble.until = nowMs();
  }

  /** The troubles that lasted, or had ended less than `tailMs` before, at any time of a span. */
  during(from: number, until: number, tailMs = AFTERMATH_MS): Trouble[] {
    const found: Trouble[] = [];
    for (let n = this.#troubles.length - 1; n >= 0; n--) {
      const trouble = this.#troubles[n]!;
      if (trouble.from <= until && trouble.until + tailMs >= from) found.push(trouble);
    }
    return found;
  }

  /** Whether Redis was there for all, and every broker ran, all the time and just before. */
  wasCalm(from: number, until: number): boolean {
    return this.during(from, until).length === 0;
  }

  wasOut(realm: Realm, from: number, until: number): boolean {
    return this.during(from, until).some(({ realms }) => realms.includes(realm));
  }
}
