import type { RestoreApp } from '../../denylist/restore-app.js';
import type { RestorationOrder, RestoreSessions } from '../../denylist/restore-sessions.js';
import { BrokerError } from '../../common/errors.js';
import type { Restoration, Revocation, UserTarget } from '../../ports/revocation.js';
import type { AppDirectory } from '../apps/app-directory.js';
import { readmitUnder } from './readmit-sessions.js';

/** Takes a revocation back, of whatever it was. */
export class RestoreRevocation {
  constructor(
    private readonly apps: AppDirectory,
    private readonly sessions: RestoreSessions,
    private readonly wholeApps: RestoreApp,
  ) {}

  /** Resolves when that is true everywhere. Throws `revocation_restored`. */
  async restore(order: RestorationOrder, revocation: Revocation): Promise<Restoration> {
    if (revocation.restoration !== null) {
      throw new BrokerError('revocation_restored', 'this revocation was taken back before');
    }
    if (!isOfUser(revocation)) return this.wholeApps.restore(order, revocation);
    const { policy, maxNumOneEnd } = await this.apps.rules(order.appId);
    return this.sessions.restore(order, revocation, readmitUnder(policy, maxNumOneEnd));
  }
}

function isOfUser(revocation: Revocation): revocation is Revocation & { target: UserTarget } {
  return revocation.target.type !== 'app';
}
