import { Body } from '@nestjs/common';
import { z } from 'zod';
import { RevokeSessions } from '../../denylist/revoke-sessions.js';
import { AdminPrincipal } from '../../im/apps/check-admin-token.js';
import { platformId, userId } from './fields.js';
import { answer, OpenimAdminCall, OpenimController } from './openim.js';
import { Admin, AppId } from './openim-request.js';

const Request = z.object({ platformID: platformId, userID: userId });

/** `/auth/force_logout`: revokes what a user has on a platform. Hitting nothing is no error. */
@OpenimController('auth')
export class ForceLogoutController {
  constructor(private readonly revoking: RevokeSessions) {}

  @OpenimAdminCall('force_logout', 'Log a user out on a platform')
  async forceLogout(
    @AppId() appId: string,
    @Admin() admin: AdminPrincipal,
    @Body({ schema: Request }) body: z.infer<typeof Request>,
  ) {
    admin.require('im:tokens:revoke');
    const target = { type: 'platform', userId: body.userID, platformId: body.platformID } as const;
    const order = { appId, target, reason: 'force_logout', by: admin.name, recordMiss: false };
    await this.revoking.revoke(order);
    return answer({});
  }
}
