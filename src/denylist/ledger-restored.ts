import { toUnixSeconds } from '../common/clock.js';
import { type Entropy, newId } from '../common/ids.js';
import { revokeKeys } from '../keys/lifecycle.js';
import { ringsOf } from '../keys/ring.js';
import { SpareKeys } from '../keys/spare-keys.js';
import type { ControlChanges } from '../ledger/control-changes.js';
import type { AppRow, ControlLedger, ControlState, KeyRow } from '../ports/control-ledger.port.js';
import type { MasterKey } from '../ports/master-key.port.js';
import type { Revocation } from '../ports/revocation.js';
import { withRevoked } from './revoke-app.js';

export interface RestoredLedger {
  /** By app: the revocation that ends every session of it. */
  readonly revocations: Readonly<Record<string, string>>;
  /** The keys that were good in the back-up, revoked. */
  readonly revokedKeys: readonly string[];
}

const REASON = 'the ledger was restored from a back-up';

/**
 * What has to be done once a back-up of the ledger was restored: it has forgotten what happened
 * since, revocations among it. A new incarnation makes every broker disbelieve the copies that it
 * holds, and every app gets a new epoch, so that no session of before works until its user has
 * logged in again.
 *
 * Every key of the back-up is revoked, not only replaced: the back-up may be older than a kill, and
 * nobody can tell which of its keys was killed since. The sessions are gone anyway, so that costs
 * nothing more.
 */
export class LedgerRestored {
  constructor(
    private readonly control: ControlChanges,
    private readonly ledger: ControlLedger,
    private readonly masterKey: MasterKey,
    private readonly entropy: Entropy,
    /** No token lives longer than this after its session was admitted. */
    private readonly longestSeconds: number,
  ) {}

  async declare(by: string): Promise<RestoredLedger> {
    const rings = ringsOf((await this.ledger.read()).state.keys);
    const spares = await SpareKeys.make(rings, this.masterKey, this.entropy);
    return this.control.change((state, nowMs) => {
      const now = toUnixSeconds(nowMs);
      const revoked = state.apps.map((app) => {
        const revocation = this.#revocation(app, by, now);
        return { app: withRevoked(app, revocation), revocation };
      });
      const keys = this.#newKeys(state, spares, by, now);
      return {
        writes: {
          incarnation: now,
          apps: revoked.map(({ app }) => app),
          revocations: revoked.map(({ app, revocation }) => ({ ...revocation, appId: app.id })),
          keys,
        },
        result: {
          revocations: Object.fromEntries(
            revoked.map(({ app, revocation }) => [app.id, revocation.id]),
          ),
          revokedKeys: keys.filter(({ revokedAt }) => revokedAt !== null).map(({ id }) => id),
        },
      };
    });
  }

  #newKeys({ keys }: ControlState, spares: SpareKeys, by: string, now: number): KeyRow[] {
    return ringsOf(keys).flatMap((ring) => {
      const good = keys.filter((row) => row.ring === ring && row.revokedAt === null);
      const plan = revokeKeys(keys, ring, good, { by, reason: REASON }, now);
      return spares.rowsOf(ring, plan, now);
    });
  }

  #revocation(app: AppRow, by: string, now: number): Revocation {
    return {
      id: newId(this.entropy, 'rev'),
      target: { type: 'app' },
      boundary: app.epoch,
      reason: REASON,
      createdAt: now,
      createdBy: by,
      expiresAt: now + this.longestSeconds,
      affectedSessions: null,
      restoration: null,
    };
  }
}
