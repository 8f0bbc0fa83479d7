import { Body, Controller, Get, Param, Patch } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { AdminPrincipal } from '../../im/apps/check-admin-token.js';
import { ChangeUser, type UserChanges } from '../../im/users/change-user.js';
import { describeUser } from '../../im/users/describe-user.js';
import { FindUsers } from '../../im/users/find-users.js';
import { AdminCall, Caller } from './admin-call.js';
import { Answers } from './answers.js';
import { text, userId } from './fields.js';

const UserAnswer = z.object({
  userId: z.string(),
  status: z.enum(['active', 'suspended']),
  role: z.string().meta({ description: 'Carried by tokens; empty by default.' }),
  nickname: z.string(),
  faceUrl: z.string(),
});

const UserPatch = z
  .strictObject({
    status: z.enum(['active', 'suspended'], "must be 'active' or 'suspended'").optional(),
    role: text(64).optional(),
    nickname: text(255).optional(),
  })
  .refine((patch) => Object.keys(patch).length > 0, 'must name something to change');

/** `GET` and `PATCH /v1/im/users/{userId}`. */
@ApiTags('users')
@Controller('v1/im/users')
export class UsersController {
  constructor(
    private readonly users: FindUsers,
    private readonly changing: ChangeUser,
  ) {}

  @Get(':userId')
  @AdminCall('im:users:read')
  @ApiOperation({ summary: 'Look a user up' })
  @Answers(200, UserAnswer)
  async get(@Caller() caller: AdminPrincipal, @Param('userId', { schema: userId }) id: string) {
    return describeUser(id, await this.users.get(caller.appId, id));
  }

  @Patch(':userId')
  @AdminCall('im:users:write')
  @ApiOperation({
    summary: 'Suspend or reactivate a user, or change role or nickname',
    description:
      'While a user is suspended nothing of the user works and nothing is minted. Tokens that carry another role than the user’s are refused, and can be renewed into one with the new role.',
  })
  @Answers(200, UserAnswer)
  async change(
    @Caller() caller: AdminPrincipal,
    @Param('userId', { schema: userId }) id: string,
    @Body({ schema: UserPatch }) patch: z.infer<typeof UserPatch>,
  ) {
    return describeUser(id, await this.changing.change(caller.appId, id, patch as UserChanges));
  }
}
