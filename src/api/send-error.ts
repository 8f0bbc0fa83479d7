import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Log } from '../common/log.js';
import { dialectOf } from './dialect.js';
import { sendOAuthError } from './oauth2/oauth-error.js';
import { sendOpenimError } from './openim/openim-error.js';
import { readRest } from './read-rest.js';
import { toBrokerError } from './to-broker-error.js';
import { sendProblem } from './v1/problem.js';

const SEND = { openim: sendOpenimError, oauth2: sendOAuthError, native: sendProblem };

/** Answers with whatever was thrown, in the dialect of the request's path. */
export function sendError(
  request: FastifyRequest,
  reply: FastifyReply,
  thrown: unknown,
  log: Log,
): void {
  const error = toBrokerError(thrown);
  if (error.code === 'internal') log.error({ err: error }, 'a request failed unexpectedly');
  // A path that nobody serves has no dialect.
  const dialect = error.code === 'route_unknown' ? 'native' : dialectOf(request.url);
  readRest(request, reply, () => SEND[dialect](reply, error));
}
