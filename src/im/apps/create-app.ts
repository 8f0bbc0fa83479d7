import { toUnixSeconds } from '../../common/clock.js';
import { BrokerError } from '../../common/errors.js';
import type { Entropy } from '../../common/ids.js';
import { ensureRing } from '../../keys/ensure-ring.js';
import { ringFor } from '../../keys/ring.js';
import type { ControlChanges } from '../../ledger/control-changes.js';
import type { AppRow, AppSettings, ControlLedger } from '../../ports/control-ledger.port.js';
import type { MasterKey } from '../../ports/master-key.port.js';
import { grantableScopes } from '../scopes.js';
import { newSecret, type NewSecret, requireGrantable } from './app-secrets.js';

export interface AppRequest {
  readonly id: string;
  readonly name: string;
  readonly settings: AppSettings;
  /** Scopes of its first secret; all that it may have when absent. */
  readonly scopes?: readonly string[];
}

/** Creates apps. */
export class CreateApp {
  constructor(
    private readonly control: ControlChanges,
    private readonly ledger: ControlLedger,
    private readonly masterKey: MasterKey,
    private readonly entropy: Entropy,
    private readonly defaultAlgorithm: 'ES256' | 'HS256',
  ) {}

  /** The app and its first secret. Errors: `app_exists`, `invalid_scope`. */
  async create(request: AppRequest): Promise<{ app: AppRow; secret: NewSecret }> {
    const { id, name, settings, scopes = grantableScopes(id) } = request;
    requireGrantable(id, scopes);
    // Before the app: it must be able to sign from its first moment. A ring without an app is idle.
    const ring = ringFor(id, settings.algorithm ?? this.defaultAlgorithm);
    await ensureRing(this.ledger, ring, this.masterKey, this.entropy);
    return this.control.change((state, nowMs) => {
      if (state.apps.some((app) => app.id === id)) {
        throw new BrokerError('app_exists', 'there is an app with this id already');
      }
      const now = toUnixSeconds(nowMs);
      const app: AppRow = { id, name, epoch: 1, revokedEpochs: [], settings, createdAt: now };
      const secret = newSecret(this.entropy, id, scopes, now);
      return { writes: { apps: [app], secrets: [secret.row] }, result: { app, secret } };
    });
  }
}
