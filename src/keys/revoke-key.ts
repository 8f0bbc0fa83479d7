import { toUnixSeconds } from '../common/clock.js';
import { BrokerError } from '../common/errors.js';
import type { Entropy } from '../common/ids.js';
import type { ControlChanges } from '../ledger/control-changes.js';
import type { ControlLedger, ControlState, KeyRow } from '../ports/control-ledger.port.js';
import type { MasterKey } from '../ports/master-key.port.js';
import { type KeySchedule, revokeKeys } from './lifecycle.js';
import { outcomeOf, type RingOutcome } from './rotate-keys.js';
import { SpareKeys } from './spare-keys.js';

export interface KeyRevocation extends RingOutcome {
  readonly revoked: KeyRow;
}

/**
 * Kills a key: what it signed is refused from now on, for good, and where it signed, the upcoming
 * key does. Resolves when that is true on every broker.
 */
export class RevokeKey {
  constructor(
    private readonly control: ControlChanges,
    private readonly ledger: ControlLedger,
    private readonly masterKey: MasterKey,
    private readonly entropy: Entropy,
    private readonly schedule: Pick<KeySchedule, 'prepublishSeconds'>,
  ) {}

  /** Errors: `key_unknown`; `key_revoked` when it was revoked before. */
  async revoke(
    keyId: string,
    order: { readonly by: string; readonly reason: string },
  ): Promise<KeyRevocation> {
    // Asked of the ledger: another broker may have made the key a moment ago.
    const { ring } = findKey((await this.ledger.read()).state.keys, keyId);
    const spares = await SpareKeys.make([ring], this.masterKey, this.entropy);
    const decide = ({ keys }: ControlState, nowMs: number) => {
      const key = findKey(keys, keyId);
      if (key.revokedAt !== null) {
        throw new BrokerError('key_revoked', 'the key was revoked before');
      }
      const now = toUnixSeconds(nowMs);
      const rows = spares.rowsOf(ring, revokeKeys(keys, ring, [key], order, now), now);
      const revoked = findKey(rows, keyId);
      const outcome = outcomeOf(keys, rows, ring, this.schedule);
      return { writes: { keys: rows }, result: { ...outcome, revoked } };
    };
    return this.control.change(decide, { certain: true });
  }
}

function findKey(rows: readonly KeyRow[], keyId: string): KeyRow {
  const row = rows.find(({ id }) => id === keyId);
  if (row === undefined) throw new BrokerError('key_unknown', 'there is no such key');
  return row;
}
