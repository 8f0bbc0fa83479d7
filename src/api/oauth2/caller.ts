import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { BrokerError } from '../../common/errors.js';
import { AdminTokens } from '../../im/apps/admin-tokens.js';
import { AppDirectory } from '../../im/apps/app-directory.js';
import { CheckAdminToken } from '../../im/apps/check-admin-token.js';
import { type AdminScope } from '../../im/scopes.js';
import { requireBearerAdmin } from '../v1/admin-call.js';
import { WrongSecrets } from '../wrong-secrets.js';
import { appCredentials } from './app-credentials.js';

interface ClientFields {
  readonly client_id?: string | undefined;
  readonly client_secret?: string | undefined;
}

export interface OAuthCaller {
  readonly appId: string;
  /** Who acts, for the record. */
  readonly name: string;
}

/** Finds out which app calls. */
@Injectable()
export class OAuthCallers {
  constructor(
    private readonly apps: AppDirectory,
    private readonly secrets: AdminTokens,
    private readonly admins: CheckAdminToken,
    private readonly wrong: WrongSecrets,
  ) {}

  /**
   * By the app's secret, whose scopes must hold `scope`. Throws `invalid_credentials`,
   * `rate_limited`, `insufficient_scope`.
   */
  async bySecret(
    request: FastifyRequest,
    body: ClientFields,
    scope: AdminScope,
  ): Promise<OAuthCaller> {
    const { appId, secret } = appCredentials(request, body);
    const { scopes } = await this.wrong.limited(request, async () => {
      const rules = await this.apps.rules(appId);
      return this.secrets.authenticate(rules.appId, secret);
    });
    if (!scopes.includes(scope)) {
      throw new BrokerError('insufficient_scope', `the app secret lacks the scope ${scope}`);
    }
    return { appId, name: appId };
  }

  /** By an admin token (RFC 7662 §2.1), else by the app's secret. */
  async byTokenOrSecret(
    request: FastifyRequest,
    body: ClientFields,
    scope: AdminScope,
  ): Promise<OAuthCaller> {
    if (!/^Bearer /i.test(request.headers.authorization ?? '')) {
      return this.bySecret(request, body, scope);
    }
    const admin = await requireBearerAdmin(request, this.admins);
    admin.require(scope);
    return { appId: admin.appId, name: admin.name };
  }
}
