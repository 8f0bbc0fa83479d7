import { Body } from '@nestjs/common';
import { z } from 'zod';
import { AdminPrincipal } from '../../im/apps/check-admin-token.js';
import { FindUsers } from '../../im/users/find-users.js';
import { userIds } from './fields.js';
import { answer, OpenimAdminCall, OpenimController } from './openim.js';
import { Admin, AppId } from './openim-request.js';

const Request = z.object({ checkUserIDs: userIds });

/** `/user/account_check`: which users are registered. */
@OpenimController('user')
export class AccountCheckController {
  constructor(private readonly users: FindUsers) {}

  /** `accountStatus`: 1 registered, 0 not. */
  @OpenimAdminCall('account_check', 'Which users are registered')
  async check(
    @AppId() appId: string,
    @Admin() admin: AdminPrincipal,
    @Body({ schema: Request }) { checkUserIDs }: z.infer<typeof Request>,
  ) {
    admin.require('im:users:read');
    const registered = await this.users.areRegistered(appId, checkUserIDs);
    const results = checkUserIDs.map((userID, index) => {
      return { userID, accountStatus: registered[index] === true ? 1 : 0 };
    });
    return answer({ results });
  }
}
