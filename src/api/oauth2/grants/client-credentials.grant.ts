import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { AdminTokens } from '../../../im/apps/admin-tokens.js';
import { AppDirectory } from '../../../im/apps/app-directory.js';
import { WrongSecrets } from '../../wrong-secrets.js';
import { appCredentials } from '../app-credentials.js';
import { type TokenAnswer, TokenGrant, type TokenRequest } from '../token-grant.js';

/** `client_credentials` (RFC 6749 §4.4): an app's secret gets an admin token. */
@Injectable()
export class ClientCredentialsGrant extends TokenGrant {
  override readonly type = 'client_credentials';

  constructor(
    private readonly apps: AppDirectory,
    private readonly tokens: AdminTokens,
    private readonly wrong: WrongSecrets,
  ) {
    super();
  }

  override async grant(request: FastifyRequest, body: TokenRequest): Promise<TokenAnswer> {
    const { appId, secret } = appCredentials(request, body);
    const words = body.scope?.split(' ').filter((word) => word !== '');
    const { token, expiresIn, scope } = await this.wrong.limited(request, async () => {
      const rules = await this.apps.rules(appId);
      return this.tokens.issue(rules, secret, appId, words);
    });
    return { access_token: token, token_type: 'Bearer', expires_in: expiresIn, scope };
  }
}
