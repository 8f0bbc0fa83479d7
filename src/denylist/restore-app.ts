import { toUnixSeconds } from '../common/clock.js';
import { BrokerError } from '../common/errors.js';
import type { ControlChanges } from '../ledger/control-changes.js';
import type { Restoration, Revocation } from '../ports/revocation.js';
import type { CountSessions } from './count-sessions.js';
import type { RestorationOrder } from './restore-sessions.js';
import { findApp } from './revoke-app.js';

/** Takes back the revocation of a whole app. */
export class RestoreApp {
  constructor(
    private readonly control: ControlChanges,
    private readonly counting: CountSessions,
  ) {}

  /**
   * Sessions of the epochs that no other revocation refuses work again, as far as nothing else
   * ends them. Throws `revocation_restored` when that was done before.
   */
  async restore(order: RestorationOrder, { id }: Revocation): Promise<Restoration> {
    const { restoration, before, after } = await this.control.change((state, nowMs) => {
      const app = findApp(state, order.appId);
      const revokedEpochs = app.revokedEpochs.filter(({ revocationId }) => revocationId !== id);
      if (revokedEpochs.length === app.revokedEpochs.length) {
        throw new BrokerError('revocation_restored', 'this revocation was taken back before');
      }
      const made: Restoration = {
        restoredAt: toUnixSeconds(nowMs),
        restoredBy: order.by,
        reason: order.reason,
        affectedSessions: null,
      };
      const changed = { ...app, revokedEpochs };
      return {
        writes: { apps: [changed], restorations: new Map([[id, made]]) },
        result: { restoration: made, before: app, after: changed },
      };
    });
    const affectedSessions = await this.counting.restored(id, before, after);
    return { ...restoration, affectedSessions };
  }
}
