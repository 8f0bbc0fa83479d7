import { Body, Controller, Header, HttpCode, Post, Req } from '@nestjs/common';
import { ApiBasicAuth, ApiConsumes, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { BrokerError } from '../../common/errors.js';
import { AdminTokens } from '../../im/apps/admin-tokens.js';
import { AppDirectory } from '../../im/apps/app-directory.js';
import { Answers } from '../v1/answers.js';
import { appCredentials } from './app-credentials.js';

const TokenBody = z.object({
  grant_type: z.string('is missing'),
  scope: z.string('must be given once').max(1024).optional(),
  client_id: z.string().max(64).optional(),
  client_secret: z.string().max(1024).optional(),
});

const TokenAnswer = z.object({
  access_token: z.string(),
  token_type: z.literal('Bearer'),
  expires_in: z.int(),
  scope: z.string(),
});

/** `POST /oauth2/token`: the grant `client_credentials` (RFC 6749 §4.4) gets an admin token. */
@ApiTags('oauth2')
@Controller('oauth2')
export class TokenController {
  constructor(
    private readonly apps: AppDirectory,
    private readonly tokens: AdminTokens,
  ) {}

  @Post('token')
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  @ApiBasicAuth('app')
  @ApiConsumes('application/x-www-form-urlencoded')
  @ApiOperation({ summary: 'Get an admin token with an app secret' })
  @Answers(200, TokenAnswer)
  async token(
    @Req() request: FastifyRequest,
    @Body({ schema: TokenBody }) body: z.infer<typeof TokenBody>,
  ) {
    if (body.grant_type !== 'client_credentials') {
      throw new BrokerError('unsupported_grant_type', 'grant_type must be client_credentials');
    }
    const { appId, secret } = appCredentials(request, body);
    const rules = await this.apps.rules(appId);
    const { token, expiresIn, scope } = await this.tokens.issue(
      rules,
      secret,
      appId,
      body.scope?.split(' ').filter((word) => word !== ''),
    );
    return { access_token: token, token_type: 'Bearer' as const, expires_in: expiresIn, scope };
  }
}
