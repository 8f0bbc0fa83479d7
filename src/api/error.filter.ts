import { type ArgumentsHost, Catch, type ExceptionFilter, Inject } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { LOG, type Log } from '../common/log.js';
import { sendError } from './send-error.js';
import { toBrokerError } from './to-broker-error.js';

/** The one place where errors become answers: each in the dialect of its path. */
@Catch()
export class ErrorFilter implements ExceptionFilter {
  constructor(@Inject(LOG) private readonly log: Log) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const error = toBrokerError(thrown);
    if (error.code === 'internal') this.log.error({ err: error }, 'a request failed unexpectedly');
    sendError(http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>(), error);
  }
}
