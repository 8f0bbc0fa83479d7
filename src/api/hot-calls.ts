import type { FastifyInstance } from 'fastify';
import type { Log } from '../common/log.js';
import type { Config } from '../config/config.js';
import type { AppDirectory } from '../im/apps/app-directory.js';
import type { CheckAdminToken } from '../im/apps/check-admin-token.js';
import type { CheckToken } from '../im/tokens/check-token.js';
import type { MintUserToken } from '../im/tokens/mint-user-token.js';
import { getUserToken } from './openim/get-user-token.route.js';
import { parseToken } from './openim/parse-token.route.js';
import { sendError } from './send-error.js';
import { mintToken } from './v1/mint-token.route.js';

/** What the hot calls ask for. */
export interface HotCallParts {
  readonly config: Config;
  readonly log: Log;
  readonly apps: AppDirectory;
  readonly checkAdminToken: CheckAdminToken;
  readonly checkToken: CheckToken;
  readonly mint: MintUserToken;
}

/**
 * The calls that gateways and business servers make for every connection and login. They are
 * routes of Fastify itself: what Nest does around a handler costs more than a whole check
 * (bench/README.md).
 */
export function addHotCalls(server: FastifyInstance, parts: HotCallParts): void {
  const { config, log, apps, checkAdminToken, checkToken, mint } = parts;
  server.setErrorHandler((thrown, request, reply) => sendError(request, reply, thrown, log));

  const parse = parseToken(checkToken);
  server.post('/auth/parse_token', parse);
  server.post('/apps/:appId/auth/parse_token', parse);

  const userToken = getUserToken(checkAdminToken, apps, mint, config.openim.userTtlSeconds);
  server.post('/auth/get_user_token', userToken);
  server.post('/apps/:appId/auth/get_user_token', userToken);

  const native = mintToken(checkAdminToken, apps, mint, config.tokens.userTtlSeconds);
  server.post('/v1/im/tokens', native);
}
