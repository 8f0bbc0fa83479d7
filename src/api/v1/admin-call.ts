import {
  applyDecorators,
  type CanActivate,
  createParamDecorator,
  type ExecutionContext,
  Inject,
  Injectable,
  SetMetadata,
  UseGuards,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { ApiBearerAuth } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { Clock, toUnixSeconds } from '../../common/clock.js';
import { BrokerError } from '../../common/errors.js';
import { CONFIG, type Config } from '../../config/config.js';
import { type AdminPrincipal, CheckAdminToken } from '../../im/apps/check-admin-token.js';
import type { AdminScope } from '../../im/scopes.js';
import { refusal } from '../../im/tokens/refusal.js';
import { bearerOf } from './bearer.js';

interface AdminRequest extends FastifyRequest {
  admin?: AdminPrincipal;
}

const SCOPE = 'admin-scope';
const FRESH = 'admin-fresh-proof';

/** The Bearer token must be an admin token. It says which app the call is about. */
export async function requireBearerAdmin(
  request: FastifyRequest,
  tokens: CheckAdminToken,
): Promise<AdminPrincipal> {
  const admin = await tokens.check(bearerOf(request));
  if (admin === 'not_admin') throw new BrokerError('not_admin', 'an admin token is wanted here');
  if (typeof admin === 'string') throw refusal(admin);
  return admin;
}

@Injectable()
export class BearerAdminGuard implements CanActivate {
  constructor(
    private readonly tokens: CheckAdminToken,
    private readonly reflector: Reflector,
    private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<AdminRequest>();
    const admin = await requireBearerAdmin(request, this.tokens);
    admin.require(this.reflector.get<AdminScope>(SCOPE, context.getHandler()));
    if (this.reflector.get<boolean | undefined>(FRESH, context.getHandler()) === true) {
      const now = toUnixSeconds(this.clock.nowMs());
      admin.requireFreshProof(now, this.config.stepUp.maxAgeSeconds);
    }
    request.admin = admin;
    return true;
  }
}

/** A call that wants an admin token with a scope. */
export const AdminCall = (scope: AdminScope) =>
  applyDecorators(SetMetadata(SCOPE, scope), UseGuards(BearerAdminGuard), ApiBearerAuth('admin'));

/** The same for a dangerous call: its secret must have been shown, or its person proven, lately (RFC 9470). */
export const FreshAdminCall = (scope: AdminScope) =>
  applyDecorators(SetMetadata(FRESH, true), AdminCall(scope));

/** Who calls; only on an {@link AdminCall}. */
export const Caller = createParamDecorator((_: unknown, context: ExecutionContext) => {
  const { admin } = context.switchToHttp().getRequest<AdminRequest>();
  if (admin === undefined) throw new BrokerError('internal', 'the call has no guard');
  return admin;
});
