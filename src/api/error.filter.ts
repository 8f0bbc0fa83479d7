import { type ArgumentsHost, Catch, type ExceptionFilter, Inject } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { LOG, type Log } from '../common/log.js';
import { dialectOf } from './dialect.js';
import { sendOAuthError } from './oauth2/oauth-error.js';
import { sendOpenimError } from './openim/openim-error.js';
import { toBrokerError } from './to-broker-error.js';
import { sendProblem } from './v1/problem.js';

const SEND = { openim: sendOpenimError, oauth2: sendOAuthError, native: sendProblem };

/** The one place where errors become answers: each in the dialect of its path. */
@Catch()
export class ErrorFilter implements ExceptionFilter {
  constructor(@Inject(LOG) private readonly log: Log) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    const error = toBrokerError(thrown);
    if (error.code === 'internal') this.log.error({ err: error }, 'a request failed unexpectedly');
    // A path that nobody serves has no dialect.
    const dialect = error.code === 'route_unknown' ? 'native' : dialectOf(request.url);
    SEND[dialect](reply, error);
  }
}
