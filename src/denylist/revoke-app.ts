import { toUnixSeconds } from '../common/clock.js';
import { BrokerError } from '../common/errors.js';
import { type Entropy, newId } from '../common/ids.js';
import type { ControlChanges } from '../ledger/control-changes.js';
import type { AppRow, ControlState } from '../ports/control-ledger.port.js';
import type { Revocation } from '../ports/revocation.js';
import type { CountSessions } from './count-sessions.js';

export interface AppRevocationOrder {
  readonly appId: string;
  readonly reason: string;
  readonly by: string;
}

/**
 * Revokes every session of an app at once: its epoch is raised, and the epochs before are refused.
 * No user's row is touched. Resolves when that is true everywhere.
 */
export class RevokeApp {
  constructor(
    private readonly control: ControlChanges,
    private readonly counting: CountSessions,
    private readonly entropy: Entropy,
    /** No token lives longer than this after its session was admitted. */
    private readonly longestSeconds: number,
  ) {}

  /** `affectedSessions` is null where counting takes longer than a moment; the record gets it. */
  async revoke(order: AppRevocationOrder): Promise<Revocation> {
    const revocation = await this.control.change((state, nowMs) => {
      const app = findApp(state, order.appId);
      const made = this.#revocation(app, order, toUnixSeconds(nowMs));
      const writes = {
        apps: [withRevoked(app, made)],
        revocations: [{ ...made, appId: app.id }],
      };
      return { writes, result: { made, before: app } };
    });
    const { made, before } = revocation;
    const affectedSessions = await this.counting.ended(made, before);
    return { ...made, affectedSessions };
  }

  #revocation(app: AppRow, { reason, by }: AppRevocationOrder, now: number): Revocation {
    return {
      id: newId(this.entropy, 'rev'),
      target: { type: 'app' },
      boundary: app.epoch,
      reason,
      createdAt: now,
      createdBy: by,
      expiresAt: now + this.longestSeconds,
      affectedSessions: null,
      restoration: null,
    };
  }
}

/** The app after the revocation: sessions admitted from now on are of the next epoch. */
export function withRevoked(app: AppRow, { id, boundary }: Revocation): AppRow {
  return {
    ...app,
    epoch: boundary + 1,
    revokedEpochs: [...app.revokedEpochs, { revocationId: id, upTo: boundary }],
  };
}

export function findApp(state: ControlState, appId: string): AppRow {
  const app = state.apps.find(({ id }) => id === appId);
  if (app === undefined) throw new BrokerError('app_unknown', 'there is no such app');
  return app;
}
