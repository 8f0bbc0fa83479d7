import type { Entropy } from '../common/ids.js';
import type { KeyRow } from '../ports/control-ledger.port.js';
import type { MasterKey } from '../ports/master-key.port.js';
import { generateKey, type NewKey, publishKey } from './generate-key.js';
import { MAX_CREATED_KEYS, type RingPlan } from './lifecycle.js';

/**
 * Keys made ahead of a transaction, which can't wait for them. Those that it has no use for are
 * dropped without having been seen by anyone.
 */
export class SpareKeys {
  private constructor(private readonly byRing: ReadonlyMap<string, readonly NewKey[]>) {}

  /** As many for each ring as a plan can want. Throws as the master key does. */
  static async make(
    rings: Iterable<string>,
    masterKey: MasterKey,
    entropy: Entropy,
  ): Promise<SpareKeys> {
    const made = [...new Set(rings)].map(async (ring) => {
      const keys = Array.from({ length: MAX_CREATED_KEYS }, () =>
        generateKey(ring, masterKey, entropy),
      );
      return [ring, await Promise.all(keys)] as const;
    });
    return new SpareKeys(new Map(await Promise.all(made)));
  }

  /** The rows that carry a ring's plan out. Throws for a ring that no keys were made for. */
  rowsOf(ring: string, { changed, create }: RingPlan, nowSeconds: number): KeyRow[] {
    const made = this.byRing.get(ring) ?? [];
    const published = create.map((state, index) => {
      const key = made[index];
      if (key === undefined) throw new Error(`No key was made for the ring ${ring}.`);
      return publishKey(key, state, nowSeconds);
    });
    return [...changed, ...published];
  }
}
