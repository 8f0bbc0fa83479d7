import { Body, Controller, Header, HttpCode, Post, Req } from '@nestjs/common';
import { ApiBasicAuth, ApiConsumes, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { BrokerError } from '../../common/errors.js';
import { RevokeSessions } from '../../denylist/revoke-sessions.js';
import { FindSession } from '../../im/sessions/find-session.js';
import { IntrospectToken } from '../../im/tokens/introspect-token.js';
import { OAuthCallers } from './caller.js';
import { TokenBody } from './token-body.js';

/** `POST /oauth2/revoke` (RFC 7009): ends the session of a user token. */
@ApiTags('oauth2')
@Controller('oauth2')
export class RevokeController {
  constructor(
    private readonly callers: OAuthCallers,
    private readonly sessions: FindSession,
    private readonly tokens: IntrospectToken,
    private readonly revoking: RevokeSessions,
  ) {}

  @Post('revoke')
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  @ApiBasicAuth('app')
  @ApiConsumes('application/x-www-form-urlencoded')
  @ApiOperation({ summary: 'End the session of a user token' })
  @ApiResponse({ status: 200, description: 'Done, or the token was none of the app’s (§2.2).' })
  async revoke(
    @Req() request: FastifyRequest,
    @Body({ schema: TokenBody }) body: z.infer<typeof TokenBody>,
  ): Promise<void> {
    const { appId, name: by } = await this.callers.bySecret(request, body, 'im:tokens:revoke');
    const target = await this.#target(appId, body.token);
    if (target === undefined) return;
    await this.revoking.revoke({ appId, target, reason: 'oauth2 revoke', by, recordMiss: false });
  }

  async #target(appId: string, token: string) {
    try {
      return await this.sessions.byToken(appId, token);
    } catch (error) {
      if (!(error instanceof BrokerError) || error.code !== 'session_unknown') throw error;
    }
    if ((await this.tokens.active(appId, token)) === undefined) return undefined;
    throw new BrokerError(
      'unsupported_token_type',
      'an admin token is not revoked by itself: it dies with its app secret',
    );
  }
}
