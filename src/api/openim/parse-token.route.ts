import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { CheckedToken, CheckToken } from '../../im/tokens/check-token.js';
import { validated } from '../validation.js';
import { requireOperationId } from './operation-id.guard.js';
import { appIdOf } from './openim-request.js';
import { openimRefusal } from './openim-error.js';
import { answer } from './openim.js';

export const ParseTokenRequest = z.object({ token: z.string().min(1, 'must not be empty') });

/**
 * `/auth/parse_token`: whose token it is, or why it is refused; users' and admins' alike.
 * `expireTimeSeconds` is the expiry as Unix seconds.
 */
export function parseToken(tokens: CheckToken) {
  return (request: FastifyRequest) => {
    requireOperationId(request);
    const checked = tokens.check(appIdOf(request), tokenOf(request.body));
    return checked instanceof Promise ? checked.then(answerOf) : answerOf(checked);
  };
}

/** What is plainly right needs no schema to say so; of anything else the schema says what is wrong. */
function tokenOf(body: unknown): string {
  const token = (body as { token?: unknown } | null | undefined)?.token;
  const isPlain = typeof token === 'string' && token !== '';
  return isPlain ? token : validated(ParseTokenRequest, body).token;
}

function answerOf(checked: CheckedToken) {
  if (typeof checked === 'string') return openimRefusal(checked);
  const { userId, platformId, expiresAt } = checked;
  return answer({ userID: userId, platformID: platformId, expireTimeSeconds: expiresAt });
}
