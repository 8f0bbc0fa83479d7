import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { BrokerError } from '../../common/errors.js';
import { type AdminPrincipal, CheckAdminToken } from '../../im/apps/check-admin-token.js';
import { refusal } from '../../im/tokens/refusal.js';
import { appIdOf, headerOf, type OpenimRequest } from './openim-request.js';

/** The header `token` must hold an admin token of the app that the call is about. */
export async function requireAdmin(
  request: FastifyRequest,
  tokens: CheckAdminToken,
): Promise<AdminPrincipal> {
  const token = headerOf(request, 'token');
  if (token === undefined) throw new BrokerError('missing_token', 'header must have token');
  const admin = await tokens.check(token, appIdOf(request));
  if (admin === 'not_admin') throw new BrokerError('not_admin', 'the token is not an admin token');
  if (typeof admin === 'string') throw refusal(admin);
  return admin;
}

@Injectable()
export class AdminTokenGuard implements CanActivate {
  constructor(private readonly tokens: CheckAdminToken) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<OpenimRequest>();
    request.admin = await requireAdmin(request, this.tokens);
    return true;
  }
}
