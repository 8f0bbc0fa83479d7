import { toUnixSeconds } from '../../common/clock.js';
import { hashSecret } from '../../common/constant-time.js';
import type { Entropy } from '../../common/ids.js';
import { ensureRing } from '../../keys/ensure-ring.js';
import { ringFor, SHARED_RING } from '../../keys/ring.js';
import type {
  AppRow,
  ControlLedger,
  ControlState,
  ControlWrites,
  SecretRow,
} from '../../ports/control-ledger.port.js';
import type { MasterKey } from '../../ports/master-key.port.js';
import { DEFAULT_APP_ID, grantableScopes } from '../scopes.js';
import { MAX_VALID_SECRETS, secretRow } from './app-secrets.js';

export interface BootstrapOptions {
  /** Secret of the app `default` that must be valid from now on. */
  readonly appSecret: string;
  /** Whether the settings name it; if not it was generated. */
  readonly isSecretConfigured: boolean;
  /** The issuer that this broker signs as. */
  readonly issuer: string;
  readonly algorithm: 'ES256' | 'HS256';
}

/**
 * What every broker does before it serves: sees to it that the ledger has the app `default` with
 * the configured secret, this broker's issuer, and keys to sign with. Any number of brokers may do
 * it at once; a second time changes nothing.
 */
export async function bootstrap(
  ledger: ControlLedger,
  masterKey: MasterKey,
  entropy: Entropy,
  options: BootstrapOptions,
): Promise<void> {
  await ensureRing(ledger, SHARED_RING, masterKey, entropy);
  const { apps } = (await ledger.read()).state;
  const rings = new Set(
    [{ id: DEFAULT_APP_ID, settings: {} as AppRow['settings'] }, ...apps].map(({ id, settings }) =>
      ringFor(id, settings.algorithm ?? options.algorithm),
    ),
  );
  for (const ring of rings) await ensureRing(ledger, ring, masterKey, entropy);
  await ledger.change((state, nowMs) => ({
    writes: missing(state, entropy, options, toUnixSeconds(nowMs)),
    result: undefined,
  }));
}

function missing(
  state: ControlState,
  entropy: Entropy,
  options: BootstrapOptions,
  now: number,
): ControlWrites {
  const app: AppRow = {
    id: DEFAULT_APP_ID,
    name: 'Default',
    epoch: 1,
    revokedEpochs: [],
    settings: {},
    createdAt: now,
  };
  return {
    apps: state.apps.some(({ id }) => id === DEFAULT_APP_ID) ? [] : [app],
    secrets: configuredSecret(state, entropy, options, now),
    issuers: state.issuers.includes(options.issuer) ? [] : [options.issuer],
  };
}

/**
 * The configured secret as a row to add, if it isn't valid already. Where two are valid, the older
 * configured one makes room, so that a secret is changed by a rolling restart.
 *
 * One that was withdrawn stays withdrawn: a broker that is told to serve it does not start, and a
 * generated one that was replaced is left in its file.
 */
function configuredSecret(
  state: ControlState,
  entropy: Entropy,
  { appSecret, isSecretConfigured }: BootstrapOptions,
  now: number,
): SecretRow[] {
  const rows = state.secrets.filter((row) => row.appId === DEFAULT_APP_ID);
  const known = rows.find(({ hash }) => hash === hashSecret(appSecret));
  if (known !== undefined) {
    if (known.withdrawnAt === null || !isSecretConfigured) return [];
    throw new Error('COUNTERSIGN_APP_SECRET names a secret that was withdrawn; configure another');
  }
  const valid = rows.filter(({ withdrawnAt }) => withdrawnAt === null);
  const scopes = grantableScopes(DEFAULT_APP_ID);
  const added = secretRow(entropy, DEFAULT_APP_ID, appSecret, scopes, 'configured', now);
  if (valid.length < MAX_VALID_SECRETS) return [added];
  const oldest = valid.find(({ origin }) => origin === 'configured') ?? valid[0];
  return oldest === undefined ? [added] : [{ ...oldest, withdrawnAt: now }, added];
}
