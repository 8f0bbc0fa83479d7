import { Controller, HttpCode, Post, Req, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { Clock, toUnixSeconds } from '../../common/clock.js';
import { AppDirectory } from '../../im/apps/app-directory.js';
import { CheckUserToken } from '../../im/tokens/check-user-token.js';
import { refusal } from '../../im/tokens/refusal.js';
import { RenewUserToken } from '../../im/tokens/renew-user-token.js';
import { Answers } from './answers.js';
import { bearerOf } from './bearer.js';

const RenewAnswer = z.object({
  token: z.string(),
  expiresIn: z.int().meta({ description: 'Seconds.' }),
  renewed: z.boolean().meta({ description: 'False: the token shown is still the one to use.' }),
});

/** `POST /v1/me/im-token/renew`: a new token of the same session, when it is time for one. */
@ApiTags('tokens')
@Controller('v1/me/im-token')
export class RenewTokenController {
  constructor(
    private readonly apps: AppDirectory,
    private readonly checks: CheckUserToken,
    private readonly renewing: RenewUserToken,
    private readonly clock: Clock,
  ) {}

  @Post('renew')
  @HttpCode(200)
  @ApiBearerAuth('user')
  @ApiOperation({
    summary: 'Renew a user token',
    description:
      'In the last third of its life, or when it was superseded, a token is renewed; before that it is given back. The header `x-renewed-token` carries a renewed one, too.',
  })
  @Answers(200, RenewAnswer)
  async renew(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply) {
    const token = bearerOf(request);
    const { status, claims } = await this.checks.check(undefined, token);
    if (claims === undefined) throw refusal(status === 'active' ? 'malformed' : status);
    if (status !== 'active' && status !== 'superseded') throw refusal(status);
    const rules = await this.apps.rules(claims.aud);
    const now = toUnixSeconds(this.clock.nowMs());
    const answer = await this.renewing.renew(rules, { token, claims, status }, now);
    if (answer.renewed) void reply.header('x-renewed-token', answer.token);
    return answer;
  }
}
