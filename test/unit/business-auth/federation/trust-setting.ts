import { inspect } from 'node:util';
import { CheckFederatedToken } from '../../../../src/business-auth/federation/check-federated-token.js';
import { ControlView } from '../../../../src/ledger/control-view.js';
import type {
  AppRow,
  ControlLedger,
  ControlReading,
  TrustedIssuerRow,
} from '../../../../src/ports/control-ledger.port.js';
import { ManualClock } from '../../../support/manual-clock.js';

/** Issuers that apps trust, and a check of their tokens, at a time that stands still. */
export class TrustSetting {
  readonly clock: ManualClock;
  readonly check: CheckFederatedToken;
  /** What the log was told of, as texts. */
  readonly warnings: string[] = [];
  rows: TrustedIssuerRow[] = [];
  /** The issuers that brokers of this ledger sign as. */
  ownIssuers = ['https://login.example.com'];
  /** How often the feed was read for a token. */
  readings = 0;
  readonly #view: ControlView;

  constructor(nowMs?: number) {
    this.clock = new ManualClock(nowMs);
    this.#view = new ControlView({ read: async () => this.#reading() } as unknown as ControlLedger);
    const follower = {
      readAfterNow: async () => {
        this.readings += 1;
        await this.#view.reload();
      },
    };
    const trust = { isFresh: () => true, renew: async () => undefined };
    const told = (...said: unknown[]) => void this.warnings.push(inspect(said));
    const log = { info: told, warn: told, error: told };
    this.check = new CheckFederatedToken(this.#view, follower, trust, this.clock, log);
  }

  /** Trusts an issuer that is as usual but for what is given. */
  async trust(
    row: Partial<TrustedIssuerRow> & Pick<TrustedIssuerRow, 'issuer' | 'jwksUrl'>,
  ): Promise<TrustedIssuerRow> {
    const added = {
      ...{ id: `iss_${this.rows.length + 1}`, appId: 'default', name: 'acme' },
      ...{ audience: 'chat', userIdClaim: 'sub', userIdTemplate: '{name}/{id}' },
      ...{ createdAt: 0, removedAt: null, ...row },
    };
    this.rows = [...this.rows, added];
    await this.reload();
    return added;
  }

  /** Puts another row in the place of the one with its id. */
  async change(changed: TrustedIssuerRow): Promise<void> {
    this.rows = this.rows.map((row) => (row.id === changed.id ? changed : row));
    await this.reload();
  }

  reload(): Promise<void> {
    return this.#view.reload();
  }

  #reading(): ControlReading {
    const apps = ['default', 'other'].map((id) => ({ id, revokedEpochs: [] }) as unknown as AppRow);
    const state = { apps, trustedIssuers: this.rows, issuers: this.ownIssuers };
    return {
      ...{ incarnation: 1, position: 1 },
      state: { ...state, secrets: [], keys: [], clients: [] },
    };
  }
}
