import { Body, Controller, Header, HttpCode, Post, Req } from '@nestjs/common';
import { ApiBasicAuth, ApiBearerAuth, ApiConsumes, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { type ActiveToken, IntrospectToken } from '../../im/tokens/introspect-token.js';
import {
  type BusinessToken,
  FindBusinessToken,
} from '../../business-auth/tokens/find-business-token.js';
import { Answers } from '../v1/answers.js';
import { OAuthCallers } from './caller.js';
import { TokenBody } from './token-body.js';

const IntrospectAnswer = z.looseObject({
  active: z.boolean(),
  scope: z.string().optional(),
  client_id: z.string().optional(),
  token_type: z.enum(['Bearer', 'DPoP']).optional(),
  exp: z.int().optional(),
  iat: z.int().optional(),
  sub: z.string().optional(),
  aud: z.string().optional(),
  iss: z.string().optional(),
  jti: z.string().optional(),
  sid: z.string().optional().meta({ description: 'The session, IM’s or of a login.' }),
  platform_id: z.int().optional(),
  device_id: z.string().optional(),
  auth_time: z.int().optional(),
  acr: z.string().optional(),
  amr: z.array(z.string()).optional(),
  cnf: z
    .object({ jkt: z.string() })
    .optional()
    .meta({ description: 'The key that it is bound to: have its proof checked.' }),
});

/** `POST /oauth2/introspect` (RFC 7662). */
@ApiTags('oauth2')
@Controller('oauth2')
export class IntrospectController {
  constructor(
    private readonly callers: OAuthCallers,
    private readonly tokens: IntrospectToken,
    private readonly businessTokens: FindBusinessToken,
  ) {}

  @Post('introspect')
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  @ApiBasicAuth('app')
  @ApiBearerAuth('admin')
  @ApiConsumes('application/x-www-form-urlencoded')
  @ApiOperation({ summary: 'Whether a token works, and what it says' })
  @Answers(200, IntrospectAnswer)
  async introspect(
    @Req() request: FastifyRequest,
    @Body({ schema: TokenBody }) body: z.infer<typeof TokenBody>,
  ) {
    const { appId } = await this.callers.byTokenOrSecret(request, body, 'im:tokens:inspect');
    const token = await this.tokens.active(appId, body.token);
    if (token !== undefined) return { active: true, ...membersOf(token) };
    const business = await this.businessTokens.find(appId, body.token);
    // Of a token that doesn't work nothing is told, not even why (§2.2).
    return business === undefined ? { active: false } : businessMembersOf(business);
  }
}

function membersOf({ kind, claims }: ActiveToken) {
  const { iss, sub, aud, jti, iat, exp, scope } = claims;
  const clientId = kind === 'user' ? claims.aud : claims.client_id;
  const session =
    kind === 'user'
      ? { sid: claims.sid, platform_id: claims.PlatformID, device_id: claims.device }
      : { auth_time: claims.auth_time };
  const common = { scope, client_id: clientId, token_type: 'Bearer' as const };
  return { ...common, exp, iat, sub, aud, iss, jti, ...session };
}

/** A bound token names its key (RFC 9449 §6.2): who takes it must have the proof checked. */
function businessMembersOf(token: BusinessToken) {
  const { account, session } = token;
  const key = session.jkt === '' ? {} : { cnf: { jkt: session.jkt } };
  const common = { client_id: session.clientId, sub: account.accountId, sid: session.id, ...key };
  if (token.kind === 'refresh') {
    return token.works ? { active: true, ...common, exp: session.expiresAt } : { active: false };
  }
  const { iss, aud, jti, iat, exp, auth_time, acr, amr } = token.claims;
  const tokenType = session.jkt === '' ? ('Bearer' as const) : ('DPoP' as const);
  return {
    ...{ active: true, token_type: tokenType, ...common },
    ...{ iss, aud, jti, iat, exp, auth_time, acr, amr },
  };
}
