import type { Entropy } from '../../common/ids.js';
import type { Config } from '../../config/config.js';
import { LocalSecrets } from './local-secrets.js';

export interface ResolvedSecrets {
  /** Secret of the app `default`. */
  readonly appSecret: string;
  /** Where it lies, when it was generated and this is the first start. */
  readonly generatedAt: string | undefined;
  readonly masterKey: Buffer;
  readonly previousMasterKey: Buffer | undefined;
}

/** The secrets that the settings name, or those generated into `DATA_DIR` in their stead. */
export function resolveSecrets(config: Config, entropy: Entropy): ResolvedSecrets {
  const { app, masterKey, server } = config;
  let local: LocalSecrets | undefined;
  const locally = () => (local ??= new LocalSecrets(server.dataDir, entropy));

  let { secret } = app;
  let generatedAt: string | undefined;
  if (secret === undefined) {
    const kept = locally().get('app-secret', 'base64url');
    secret = kept.secret;
    if (kept.created) generatedAt = locally().pathOf('app-secret');
  }
  const current = masterKey.current ?? locally().get('master-key', 'base64').secret;
  return {
    appSecret: secret,
    generatedAt,
    masterKey: Buffer.from(current, 'base64'),
    previousMasterKey:
      masterKey.previous === undefined ? undefined : Buffer.from(masterKey.previous, 'base64'),
  };
}
