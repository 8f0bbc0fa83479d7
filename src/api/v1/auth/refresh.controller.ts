import { Body, Controller, Header, HttpCode, Post, Req } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { RefreshSession } from '../../../business-auth/refresh/refresh-session.js';
import { CallingClients } from '../../calling-clients.js';
import { DpopKeys } from '../../dpop.js';
import { Answers } from '../answers.js';
import {
  clientId,
  clientSecret,
  deviceId,
  opaqueToken,
  TokensAnswer,
  tokensAnswerOf,
} from './fields.js';

const RefreshBody = z.strictObject({
  refreshToken: opaqueToken,
  clientId,
  clientSecret: clientSecret.optional(),
  deviceId: deviceId.optional(),
});

/** `POST /v1/auth/refresh`: a refresh token is spent for new tokens. */
@ApiTags('business')
@Controller('v1/auth')
export class RefreshController {
  constructor(
    private readonly clients: CallingClients,
    private readonly dpop: DpopKeys,
    private readonly refreshing: RefreshSession,
  ) {}

  @Post('refresh')
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  @ApiOperation({
    summary: 'Get new tokens with a refresh token',
    description:
      'A refresh token works once. Shown again, it gets the same answer until its successor has been used, and for `businessAuth.refreshGraceSeconds` after that; later it ends its session, because two hold it. A `deviceId` other than the login’s is refused.',
  })
  @Answers(200, TokensAnswer)
  async refresh(
    @Req() request: FastifyRequest,
    @Body({ schema: RefreshBody }) body: z.infer<typeof RefreshBody>,
  ) {
    const client = await this.clients.prove(request, body);
    const jkt = await this.dpop.ofClient(request, client);
    const { refreshToken, deviceId: device = '' } = body;
    const asked = { client, refreshToken, deviceId: device, jkt };
    return tokensAnswerOf(await this.refreshing.refresh(asked));
  }
}
