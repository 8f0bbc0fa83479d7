import { toUnixSeconds } from '../../common/clock.js';
import { hashSecret } from '../../common/constant-time.js';
import { BrokerError } from '../../common/errors.js';
import { type Entropy, newId } from '../../common/ids.js';
import type { ControlChanges } from '../../ledger/control-changes.js';
import type { ControlView } from '../../ledger/control-view.js';
import { requireApp } from '../../ledger/require-app.js';
import type { ControlState, SecretRow } from '../../ports/control-ledger.port.js';
import { grantableScopes } from '../scopes.js';

/** Valid secrets that an app may have at once: the one in use, and the next while it is rolled out. */
export const MAX_VALID_SECRETS = 2;

/** A secret just made, in clear: shown once, stored nowhere. */
export interface NewSecret {
  readonly row: SecretRow;
  readonly secret: string;
}

export function newSecret(
  entropy: Entropy,
  appId: string,
  scopes: readonly string[],
  nowSeconds: number,
): NewSecret {
  const secret = entropy.bytes(32).toString('base64url');
  return { secret, row: secretRow(entropy, appId, secret, scopes, 'issued', nowSeconds) };
}

export function secretRow(
  entropy: Entropy,
  appId: string,
  secret: string,
  scopes: readonly string[],
  origin: SecretRow['origin'],
  nowSeconds: number,
): SecretRow {
  return {
    id: newId(entropy, 'sec'),
    appId,
    hash: hashSecret(secret),
    scopes,
    origin,
    createdAt: nowSeconds,
    withdrawnAt: null,
  };
}

/** Issues and withdraws secrets of apps. */
export class AppSecrets {
  constructor(
    private readonly control: ControlChanges,
    private readonly view: ControlView,
    private readonly entropy: Entropy,
  ) {}

  /** The secrets of an app, withdrawn ones too. */
  list(appId: string): readonly SecretRow[] {
    return this.view.secrets(appId);
  }

  /**
   * A further secret, valid beside the one in use. Errors: `app_unknown`, `invalid_scope`,
   * `secret_limit` when two are valid already.
   */
  issue(appId: string, scopes?: readonly string[]): Promise<NewSecret> {
    const granted = scopes ?? grantableScopes(appId);
    requireGrantable(appId, granted);
    return this.control.change((state, nowMs) => {
      requireApp(state, appId);
      if (valid(state, appId).length >= MAX_VALID_SECRETS) {
        throw new BrokerError('secret_limit', 'two secrets are valid already; withdraw one first');
      }
      const issued = newSecret(this.entropy, appId, granted, toUnixSeconds(nowMs));
      return { writes: { secrets: [issued.row] }, result: issued };
    });
  }

  /**
   * Withdraws a secret and with it every admin token that it got. Withdrawing it again changes
   * nothing. Errors: `app_unknown`, `secret_unknown`, `secret_limit` for the last valid one.
   */
  withdraw(appId: string, secretId: string): Promise<void> {
    return this.control.change((state, nowMs) => {
      requireApp(state, appId);
      const row = state.secrets.find(({ id, appId: owner }) => id === secretId && owner === appId);
      if (row === undefined) throw new BrokerError('secret_unknown', 'there is no such secret');
      if (row.withdrawnAt !== null) return { writes: {}, result: undefined };
      if (valid(state, appId).length === 1) {
        throw new BrokerError('secret_limit', 'this is the only valid secret; issue another first');
      }
      const withdrawn = { ...row, withdrawnAt: toUnixSeconds(nowMs) };
      return { writes: { secrets: [withdrawn] }, result: undefined };
    });
  }
}

export function requireGrantable(appId: string, scopes: readonly string[]): void {
  const grantable: readonly string[] = grantableScopes(appId);
  if (scopes.length === 0 || scopes.some((scope) => !grantable.includes(scope))) {
    throw new BrokerError('invalid_scope', `scopes must be some of ${grantable.join(' ')}`);
  }
}

function valid(state: ControlState, appId: string): readonly SecretRow[] {
  return state.secrets.filter((row) => row.appId === appId && row.withdrawnAt === null);
}
