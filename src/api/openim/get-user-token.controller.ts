import { Body, Inject } from '@nestjs/common';
import { z } from 'zod';
import { CONFIG, type Config } from '../../config/config.js';
import { AppDirectory } from '../../im/apps/app-directory.js';
import { AdminPrincipal } from '../../im/apps/check-admin-token.js';
import { MintUserToken } from '../../im/tokens/mint-user-token.js';
import { platformId, userId } from './fields.js';
import { answer, OpenimAdminCall, OpenimController } from './openim.js';
import { Admin, AppId } from './openim-request.js';

const Request = z.object({ platformID: platformId, userID: userId });

/** `/auth/get_user_token`: mints a user token, under the multi-login policy. */
@OpenimController('auth')
export class GetUserTokenController {
  readonly #ttlSeconds: number;

  constructor(
    private readonly apps: AppDirectory,
    private readonly minting: MintUserToken,
    @Inject(CONFIG) config: Config,
  ) {
    this.#ttlSeconds = config.openim.userTtlSeconds;
  }

  /** `expireTimeSeconds` is the lifetime. */
  @OpenimAdminCall('get_user_token')
  async getUserToken(
    @AppId() appId: string,
    @Admin() admin: AdminPrincipal,
    @Body({ schema: Request }) body: z.infer<typeof Request>,
  ) {
    admin.require('im:tokens:mint');
    const rules = await this.apps.rules(appId);
    const request = { userId: body.userID, platformId: body.platformID, deviceId: '' };
    const minted = await this.minting.mint(rules, request, this.#ttlSeconds);
    return answer({ token: minted.token, expireTimeSeconds: minted.expiresIn });
  }
}
