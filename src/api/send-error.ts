import type { FastifyReply, FastifyRequest } from 'fastify';
import type { BrokerError } from '../common/errors.js';
import { dialectOf } from './dialect.js';
import { sendOAuthError } from './oauth2/oauth-error.js';
import { sendOpenimError } from './openim/openim-error.js';
import { sendProblem } from './v1/problem.js';

const SEND = { openim: sendOpenimError, oauth2: sendOAuthError, native: sendProblem };

/** Answers with an error in the dialect of the request's path. */
export function sendError(request: FastifyRequest, reply: FastifyReply, error: BrokerError): void {
  // A path that nobody serves has no dialect.
  const dialect = error.code === 'route_unknown' ? 'native' : dialectOf(request.url);
  SEND[dialect](reply, error);
}
