import { toUnixSeconds } from '../common/clock.js';
import { type Entropy, newId } from '../common/ids.js';
import type { ControlChanges } from '../ledger/control-changes.js';
import type { AppRow } from '../ports/control-ledger.port.js';
import type { Revocation } from '../ports/revocation.js';
import { withRevoked } from './revoke-app.js';

export interface RestoredLedger {
  /** By app: the revocation that ends every session of it. */
  readonly revocations: Readonly<Record<string, string>>;
}

/**
 * What has to be done once a back-up of the ledger was restored: it has forgotten what happened
 * since, revocations among it. A new incarnation makes every broker disbelieve the copies that it
 * holds, and every app gets a new epoch, so that no session of before works until its user has
 * logged in again or somebody takes the revocation back.
 */
export class LedgerRestored {
  constructor(
    private readonly control: ControlChanges,
    private readonly entropy: Entropy,
    /** No token lives longer than this after its session was admitted. */
    private readonly longestSeconds: number,
  ) {}

  declare(by: string): Promise<RestoredLedger> {
    return this.control.change((state, nowMs) => {
      const now = toUnixSeconds(nowMs);
      const revoked = state.apps.map((app) => {
        const revocation = this.#revocation(app, by, now);
        return { app: withRevoked(app, revocation), revocation };
      });
      return {
        writes: {
          incarnation: now,
          apps: revoked.map(({ app }) => app),
          revocations: revoked.map(({ app, revocation }) => ({ ...revocation, appId: app.id })),
        },
        result: {
          revocations: Object.fromEntries(
            revoked.map(({ app, revocation }) => [app.id, revocation.id]),
          ),
        },
      };
    });
  }

  #revocation(app: AppRow, by: string, now: number): Revocation {
    return {
      id: newId(this.entropy, 'rev'),
      target: { type: 'app' },
      boundary: app.epoch,
      reason: 'the ledger was restored from a back-up',
      createdAt: now,
      createdBy: by,
      expiresAt: now + this.longestSeconds,
      affectedSessions: null,
      restoration: null,
    };
  }
}
