import { appConfig } from './app.config.js';
import { businessAuthConfig } from './business-auth.config.js';
import { checksConfig } from './checks.config.js';
import { denylistConfig } from './denylist.config.js';
import { httpConfig } from './http.config.js';
import { keysConfig } from './keys.config.js';
import { mailConfig } from './mail.config.js';
import { masterKeyConfig } from './master-key.config.js';
import { multiLoginConfig } from './multi-login.config.js';
import { openimConfig } from './openim.config.js';
import { rateLimitsConfig } from './rate-limits.config.js';
import { serverConfig } from './server.config.js';
import { sessionsConfig } from './sessions.config.js';
import { smsConfig } from './sms.config.js';
import { stepUpConfig } from './step-up.config.js';
import { storesConfig } from './stores.config.js';
import { tokensConfig } from './tokens.config.js';
import { usersConfig } from './users.config.js';

/** Every section, in the order in which it is documented. */
export const sections = {
  server: serverConfig,
  stores: storesConfig,
  app: appConfig,
  masterKey: masterKeyConfig,
  http: httpConfig,
  tokens: tokensConfig,
  openim: openimConfig,
  stepUp: stepUpConfig,
  sessions: sessionsConfig,
  multiLogin: multiLoginConfig,
  users: usersConfig,
  checks: checksConfig,
  denylist: denylistConfig,
  keys: keysConfig,
  businessAuth: businessAuthConfig,
  rateLimits: rateLimitsConfig,
  mail: mailConfig,
  sms: smsConfig,
} as const;
