import type { Entropy } from '../../common/ids.js';
import type { Config } from '../../config/config.js';
import { LocalSecrets } from './local-secrets.js';

export interface ResolvedSecrets {
  /** Secret of the app `default`. */
  readonly appSecret: string;
  /** Where it lies, when it was generated. */
  readonly generatedAt: string | undefined;
  /** True at the first call, for ever false after it: whether to greet a new user. */
  firstGreeting(): boolean;
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
    secret = kept;
    generatedAt = locally().pathOf('app-secret');
  }
  const current = masterKey.current ?? locally().get('master-key', 'base64');
  return {
    appSecret: secret,
    generatedAt,
    firstGreeting: () => locally().first('greeted'),
    masterKey: Buffer.from(current, 'base64'),
    previousMasterKey:
      masterKey.previous === undefined ? undefined : Buffer.from(masterKey.previous, 'base64'),
  };
}
