import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { BrokerError } from '../../common/errors.js';
import type { AdminPrincipal } from '../../im/apps/check-admin-token.js';
import { DEFAULT_APP_ID } from '../../im/scopes.js';

/** A request to OpenIM's calls, after its guards. */
export interface OpenimRequest extends FastifyRequest {
  admin?: AdminPrincipal;
}

/** The app that a request is about. */
export const AppId = createParamDecorator((_: unknown, context: ExecutionContext) =>
  appIdOf(context.switchToHttp().getRequest<FastifyRequest>()),
);

/** Who calls; only on an `OpenimAdminCall`. */
export const Admin = createParamDecorator((_: unknown, context: ExecutionContext) => {
  const { admin } = context.switchToHttp().getRequest<OpenimRequest>();
  if (admin === undefined) throw new BrokerError('internal', 'the call has no guard');
  return admin;
});

export function appIdOf(request: FastifyRequest): string {
  return (request.params as { appId?: string }).appId ?? DEFAULT_APP_ID;
}

/** A header's only value, or undefined when it is missing or empty. */
export function headerOf(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}
