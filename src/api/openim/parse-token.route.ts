import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { BrokerError } from '../../common/errors.js';
import type { Log } from '../../common/log.js';
import type { CheckToken } from '../../im/tokens/check-token.js';
import { toBrokerError } from '../to-broker-error.js';
import { issuesOf } from '../validation.js';
import { sendOpenimError } from './openim-error.js';
import { requireOperationId } from './operation-id.guard.js';
import { appIdOf } from './openim-request.js';
import { answer } from './openim.js';

export const ParseTokenRequest = z.object({ token: z.string().min(1, 'must not be empty') });

/**
 * `/auth/parse_token`: whose token it is, or why it is refused; users' and admins' alike.
 * `expireTimeSeconds` is the expiry as Unix seconds.
 *
 * Gateways make this call for every connection and more, so it is a route of Fastify itself: what
 * Nest does around a handler costs more than the whole check (bench/README.md).
 */
export function addParseToken(server: FastifyInstance, tokens: CheckToken, log: Log): void {
  server.setErrorHandler((thrown, _request, reply) => {
    const error = toBrokerError(thrown);
    if (error.code === 'internal') log.error({ err: error }, 'parse_token failed');
    sendOpenimError(reply, error);
  });
  const handler = async (request: FastifyRequest) => {
    requireOperationId(request);
    const body = ParseTokenRequest.safeParse(request.body);
    if (!body.success) throw new BrokerError('invalid_request', issuesOf(body.error.issues));
    const holder = await tokens.check(appIdOf(request), body.data.token);
    const { userId, platformId, expiresAt } = holder;
    return answer({ userID: userId, platformID: platformId, expireTimeSeconds: expiresAt });
  };
  server.post('/auth/parse_token', handler);
  server.post('/apps/:appId/auth/parse_token', handler);
}
