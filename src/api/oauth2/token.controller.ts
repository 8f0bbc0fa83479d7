import { Body, Controller, Header, HttpCode, Post, Req } from '@nestjs/common';
import { ApiBasicAuth, ApiConsumes, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { BrokerError } from '../../common/errors.js';
import { Answers } from '../v1/answers.js';
import { ClientCredentialsGrant } from './grants/client-credentials.grant.js';
import { RefreshTokenGrant } from './grants/refresh-token.grant.js';
import { TokenExchangeGrant } from './grants/token-exchange.grant.js';
import { TokenAnswer, type TokenGrant, TokenRequest } from './token-grant.js';

/** `POST /oauth2/token` (RFC 6749 §3.2): one file a grant. */
@ApiTags('oauth2')
@Controller('oauth2')
export class TokenController {
  readonly #grants: ReadonlyMap<string, TokenGrant>;

  constructor(
    credentials: ClientCredentialsGrant,
    refresh: RefreshTokenGrant,
    exchange: TokenExchangeGrant,
  ) {
    this.#grants = new Map([credentials, refresh, exchange].map((grant) => [grant.type, grant]));
  }

  @Post('token')
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  @ApiBasicAuth('app')
  @ApiConsumes('application/x-www-form-urlencoded')
  @ApiOperation({
    summary: 'Get a token',
    description:
      '`client_credentials`: an admin token for an app’s secret. `refresh_token`: new business tokens; a `device_id` other than the login’s is refused. `urn:ietf:params:oauth:grant-type:token-exchange` (RFC 8693): a user token for a business access token, ours or a trusted issuer’s, with `platform_id` and, if wanted, `device_id`.',
  })
  @Answers(200, TokenAnswer)
  token(
    @Req() request: FastifyRequest,
    @Body({ schema: TokenRequest }) body: TokenRequest,
  ): Promise<TokenAnswer> {
    const grant = this.#grants.get(body.grant_type);
    if (grant === undefined) {
      const known = [...this.#grants.keys()].join(', ');
      throw new BrokerError('unsupported_grant_type', `grant_type must be one of ${known}`);
    }
    return grant.grant(request, body);
  }
}
