import { Body } from '@nestjs/common';
import { z } from 'zod';
import { AdminPrincipal } from '../../im/apps/check-admin-token.js';
import { RegisterUsers } from '../../im/users/register-users.js';
import { MAX_IDS, userId } from './fields.js';
import { answer, OpenimAdminCall, OpenimController } from './openim.js';
import { Admin, AppId } from './openim-request.js';

const text = (max: number) =>
  z
    .string()
    .max(max, `must not be longer than ${max} characters`)
    .refine((value) => value.isWellFormed() && !value.includes('\0'), 'must be well-formed')
    .nullish()
    .transform((value) => value ?? '');

const User = z.object({
  userID: userId.refine((id) => !id.includes(':'), "must not contain ':'"),
  nickname: text(255),
  faceURL: text(1024),
  ex: text(4096),
});

const Request = z.object({
  users: z
    .array(User)
    .min(1, 'must not be empty')
    .max(MAX_IDS, `must not name more than ${MAX_IDS} users`)
    .refine((users) => new Set(users.map(({ userID }) => userID)).size === users.length, {
      error: 'must not repeat a userID',
    }),
});

/** `/user/user_register`: registers users, all or none. */
@OpenimController('user')
export class UserRegisterController {
  constructor(private readonly users: RegisterUsers) {}

  @OpenimAdminCall('user_register', 'Register users, all or none')
  async register(
    @AppId() appId: string,
    @Admin() admin: AdminPrincipal,
    @Body({ schema: Request }) { users }: z.infer<typeof Request>,
  ) {
    admin.require('im:users:write');
    const registrations = users.map(({ userID, nickname, faceURL, ex }) => {
      return { userId: userID, nickname, faceUrl: faceURL, ex };
    });
    await this.users.register(appId, registrations);
    return answer({});
  }
}
