import { toUnixSeconds } from '../common/clock.js';
import type { Entropy } from '../common/ids.js';
import type { ControlLedger, KeyRow } from '../ports/control-ledger.port.js';
import type { MasterKey } from '../ports/master-key.port.js';
import { generateKey, publishKey } from './generate-key.js';
import { isWhole, MAX_CREATED_KEYS, planRing } from './ring.js';

/**
 * Sees to it that the ledger holds a key of the ring that signs and an upcoming one. However many
 * brokers ask at once, the ring gets one of each. Returns whether this call wrote anything.
 *
 * Failure: throws as the ledger and the master key do, with nothing written.
 */
export async function ensureRing(
  control: ControlLedger,
  ring: string,
  masterKey: MasterKey,
  entropy: Entropy,
): Promise<boolean> {
  const { state } = await control.read();
  if (isWhole(planRing(state.keys, ring, 0))) return false;
  // Made before the transaction, which can't wait for them; those that another broker made
  // superfluous are dropped without having been seen by anyone.
  const candidates = await Promise.all(
    Array.from({ length: MAX_CREATED_KEYS }, () => generateKey(ring, masterKey, entropy)),
  );
  return control.change(({ keys }, nowMs) => {
    const nowSeconds = toUnixSeconds(nowMs);
    const plan = planRing(keys, ring, nowSeconds);
    const rows: KeyRow[] = plan.promote === undefined ? [] : [plan.promote];
    for (const [index, candidate] of candidates.entries()) {
      const wanted = plan.create[index];
      if (wanted !== undefined) rows.push(publishKey(candidate, wanted, nowSeconds));
    }
    return { writes: rows.length === 0 ? {} : { keys: rows }, result: rows.length > 0 };
  });
}
