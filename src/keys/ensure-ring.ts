import { toUnixSeconds } from '../common/clock.js';
import type { Entropy } from '../common/ids.js';
import type { ControlLedger } from '../ports/control-ledger.port.js';
import type { MasterKey } from '../ports/master-key.port.js';
import { changesNothing, completeRing } from './lifecycle.js';
import { SpareKeys } from './spare-keys.js';

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
  if (changesNothing(completeRing(state.keys, ring, 0))) return false;
  const spares = await SpareKeys.make([ring], masterKey, entropy);
  return control.change(({ keys }, nowMs) => {
    const now = toUnixSeconds(nowMs);
    const rows = spares.rowsOf(ring, completeRing(keys, ring, now), now);
    return { writes: rows.length === 0 ? {} : { keys: rows }, result: rows.length > 0 };
  });
}
