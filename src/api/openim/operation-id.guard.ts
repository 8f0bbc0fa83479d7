import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { BrokerError } from '../../common/errors.js';
import { headerOf } from './openim-request.js';

/** Every call must carry the header `operationID` (openimsdk/tools, `mw/gin.go`). */
export function requireOperationId(request: FastifyRequest): void {
  if (headerOf(request, 'operationid') === undefined) {
    throw new BrokerError('invalid_request', 'header must have operationID');
  }
}

@Injectable()
export class OperationIdGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    requireOperationId(context.switchToHttp().getRequest<FastifyRequest>());
    return true;
  }
}
