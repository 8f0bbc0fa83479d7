import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { RefreshSession } from '../../../business-auth/refresh/refresh-session.js';
import { BrokerError } from '../../../common/errors.js';
import { CallingClients } from '../../calling-clients.js';
import { DpopKeys } from '../../dpop.js';
import { deviceId } from '../../v1/fields.js';
import { validated } from '../../validation.js';
import { clientCredentials } from '../client-credentials.js';
import { type TokenAnswer, TokenGrant, type TokenRequest } from '../token-grant.js';

/** The field that the native call has, too. */
const Fields = z.object({ device_id: deviceId.optional() });

/** `refresh_token` (RFC 6749 §6): new tokens of a business session. */
@Injectable()
export class RefreshTokenGrant extends TokenGrant {
  override readonly type = 'refresh_token';

  constructor(
    private readonly clients: CallingClients,
    private readonly dpop: DpopKeys,
    private readonly refreshing: RefreshSession,
  ) {
    super();
  }

  override async grant(request: FastifyRequest, body: TokenRequest): Promise<TokenAnswer> {
    const { id, secret } = clientCredentials(request, body);
    const client = await this.clients.prove(request, { clientId: id, clientSecret: secret });
    const { refresh_token: refreshToken, scope = '' } = body;
    if (refreshToken === undefined) {
      throw new BrokerError('invalid_request', 'refresh_token: is missing');
    }
    if (scope !== '') throw new BrokerError('invalid_scope', 'business tokens have no scope');
    const { device_id: device = '' } = validated(Fields, body);
    const jkt = await this.dpop.ofClient(request, client);
    const tokens = await this.refreshing.refresh({ client, refreshToken, deviceId: device, jkt });
    return {
      access_token: tokens.accessToken,
      token_type: tokens.session.jkt === '' ? 'Bearer' : 'DPoP',
      expires_in: tokens.expiresIn,
      refresh_token: tokens.refreshToken,
    };
  }
}
