import { Body, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { BrokerError } from '../../common/errors.js';
import { AdminTokens } from '../../im/apps/admin-tokens.js';
import { AppDirectory } from '../../im/apps/app-directory.js';
import { WrongSecrets } from '../wrong-secrets.js';
import { userId } from './fields.js';
import { answer, OpenimCall, OpenimController } from './openim.js';
import { AppId } from './openim-request.js';

const Request = z.object({ secret: z.string().max(1024), userID: userId });

/** `/auth/get_admin_token`: the app secret for an admin token (open-im-server, `rpc/auth`). */
@OpenimController('auth')
export class GetAdminTokenController {
  constructor(
    private readonly apps: AppDirectory,
    private readonly tokens: AdminTokens,
    private readonly wrong: WrongSecrets,
  ) {}

  /** `expireTimeSeconds` is the lifetime. The secret is looked at before the user id, as there. */
  @OpenimCall('get_admin_token', 'Get an admin token with the app secret')
  async getAdminToken(
    @Req() request: FastifyRequest,
    @AppId() appId: string,
    @Body({ schema: Request }) { secret, userID }: z.infer<typeof Request>,
  ) {
    const rules = await this.wrong.limited(request, async () => {
      const found = await this.apps.rules(appId);
      await this.tokens.authenticate(appId, secret);
      return found;
    });
    if (!rules.adminUserIds.includes(userID)) {
      throw new BrokerError('admin_user_unknown', 'userID is not an admin user of the app');
    }
    const { token, expiresIn } = await this.tokens.issue(rules, secret, userID);
    return answer({ token, expireTimeSeconds: expiresIn });
  }
}
