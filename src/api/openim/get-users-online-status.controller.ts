import { Body, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { BrokerError } from '../../common/errors.js';
import { CheckToken } from '../../im/tokens/check-token.js';
import { refusal } from '../../im/tokens/refusal.js';
import { userIds } from './fields.js';
import { answer, OpenimCall, OpenimController, OpenimToken } from './openim.js';
import { AppId, headerOf } from './openim-request.js';

const Request = z.object({ userIDs: userIds });

/**
 * `/user/get_users_online_status`: who is connected, in the order asked.
 *
 * Being online means having a live connection to this system's gateway. This release has no
 * gateway, so nobody is, whoever may be connected elsewhere.
 */
@OpenimController('user')
export class GetUsersOnlineStatusController {
  constructor(private readonly tokens: CheckToken) {}

  @OpenimCall('get_users_online_status', 'Who is online')
  @OpenimToken('Anybody’s token.')
  async status(
    @AppId() appId: string,
    @Req() request: FastifyRequest,
    @Body({ schema: Request }) body: z.infer<typeof Request>,
  ) {
    const token = headerOf(request, 'token');
    if (token === undefined) throw new BrokerError('missing_token', 'header must have token');
    const checked = await this.tokens.check(appId, token);
    if (typeof checked === 'string') throw refusal(checked);
    return answer(body.userIDs.map((userID) => ({ userID, status: 0, detailPlatformStatus: [] })));
  }
}
