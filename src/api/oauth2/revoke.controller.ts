import { Body, Controller, Header, HttpCode, Post, Req } from '@nestjs/common';
import { ApiBasicAuth, ApiConsumes, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { BusinessSessions } from '../../business-auth/sessions/business-sessions.js';
import { FindBusinessToken } from '../../business-auth/tokens/find-business-token.js';
import { BrokerError } from '../../common/errors.js';
import { RevokeSessions } from '../../denylist/revoke-sessions.js';
import { FindSession } from '../../im/sessions/find-session.js';
import { IntrospectToken } from '../../im/tokens/introspect-token.js';
import { type AppOrClient, AppsAndClients } from './apps-and-clients.js';
import { TokenBody } from './token-body.js';

/**
 * `POST /oauth2/revoke` (RFC 7009): ends the session of a token. An app ends those of its user
 * tokens and business tokens, a client those of the business tokens that it got.
 */
@ApiTags('oauth2')
@Controller('oauth2')
export class RevokeController {
  constructor(
    private readonly callers: AppsAndClients,
    private readonly businessTokens: FindBusinessToken,
    private readonly businessSessions: BusinessSessions,
    private readonly sessions: FindSession,
    private readonly tokens: IntrospectToken,
    private readonly revoking: RevokeSessions,
  ) {}

  @Post('revoke')
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  @ApiBasicAuth('app')
  @ApiConsumes('application/x-www-form-urlencoded')
  @ApiOperation({ summary: 'End the session of a user token or a business token' })
  @ApiResponse({ status: 200, description: 'Done, or the token was none of the app’s (§2.2).' })
  async revoke(
    @Req() request: FastifyRequest,
    @Body({ schema: TokenBody }) body: z.infer<typeof TokenBody>,
  ): Promise<void> {
    const caller = await this.callers.authenticate(request, body, 'im:tokens:revoke');
    if (await this.#endBusinessSession(caller, body.token)) return;
    if (caller.clientId !== undefined) return;
    const { appId } = caller;
    const target = await this.#target(appId, body.token);
    if (target === undefined) return;
    const order = { appId, target, reason: 'oauth2 revoke', by: appId };
    await this.revoking.revoke({ ...order, recordMiss: false });
  }

  /** Whether it was a business token of the caller's. */
  async #endBusinessSession({ appId, clientId }: AppOrClient, token: string): Promise<boolean> {
    const found = await this.businessTokens.find(appId, token);
    if (found === undefined) return false;
    const { account, session } = found;
    if (clientId !== undefined && session.clientId !== clientId) return false;
    await this.businessSessions.endOne(account, session.id, clientId ?? appId).catch(unlessGone);
    return true;
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

/** Somebody else has ended it meanwhile: that is what was wanted. */
function unlessGone(error: unknown): void {
  if (!(error instanceof BrokerError) || error.code !== 'session_unknown') throw error;
}
