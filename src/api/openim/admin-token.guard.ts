import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { BrokerError } from '../../common/errors.js';
import { CheckAdminToken } from '../../im/apps/check-admin-token.js';
import { refusal } from '../../im/tokens/refusal.js';
import { appIdOf, headerOf, type OpenimRequest } from './openim-request.js';

/** The header `token` must hold an admin token of the app that the call is about. */
@Injectable()
export class AdminTokenGuard implements CanActivate {
  constructor(private readonly tokens: CheckAdminToken) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<OpenimRequest>();
    const token = headerOf(request, 'token');
    if (token === undefined) throw new BrokerError('missing_token', 'header must have token');
    const admin = await this.tokens.check(token, appIdOf(request));
    if (admin === 'not_admin')
      throw new BrokerError('not_admin', 'the token is not an admin token');
    if (typeof admin === 'string') throw refusal(admin);
    request.admin = admin;
    return true;
  }
}
