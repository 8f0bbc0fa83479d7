import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { FindClient } from '../../business-auth/clients/find-client.js';
import { BrokerError } from '../../common/errors.js';
import { AdminTokens } from '../../im/apps/admin-tokens.js';
import type { AdminScope } from '../../im/scopes.js';
import { AppDirectory } from '../../im/apps/app-directory.js';
import { WrongSecrets } from '../wrong-secrets.js';
import { type ClientCredentials, clientCredentials } from './client-credentials.js';

/** Who asks for an exchange or a revocation. */
export interface AppOrClient {
  readonly appId: string;
  /** The client; absent: the app itself, by its secret. */
  readonly clientId?: string;
}

/** Finds out whether an app or one of its clients calls: ids of both may look alike. */
@Injectable()
export class AppsAndClients {
  constructor(
    private readonly apps: AppDirectory,
    private readonly secrets: AdminTokens,
    private readonly clients: FindClient,
    private readonly wrong: WrongSecrets,
  ) {}

  /**
   * An app by its secret, whose scopes must hold `scope`; else a client. Throws
   * `invalid_credentials`, `client_unknown`, `rate_limited`, `insufficient_scope`.
   */
  async authenticate(
    request: FastifyRequest,
    body: { client_id?: string | undefined; client_secret?: string | undefined },
    scope: AdminScope,
  ): Promise<AppOrClient> {
    const shown = clientCredentials(request, body);
    if (shown.secret === undefined) return this.#find(shown, scope);
    return this.wrong.limited(request, () => this.#find(shown, scope));
  }

  async #find(shown: ClientCredentials, scope: AdminScope): Promise<AppOrClient> {
    if (await this.#isApp(shown, scope)) return { appId: shown.id };
    const { appId, id: clientId } = await this.clients.authenticate(shown.id, shown.secret);
    return { appId, clientId };
  }

  async #isApp({ id, secret }: ClientCredentials, scope: AdminScope): Promise<boolean> {
    if (secret === undefined || this.apps.known(id) === undefined) return false;
    try {
      const { scopes } = await this.secrets.authenticate(id, secret);
      if (scopes.includes(scope)) return true;
    } catch (error) {
      if (error instanceof BrokerError && error.code === 'invalid_credentials') return false;
      throw error;
    }
    throw new BrokerError('insufficient_scope', `the app secret lacks the scope ${scope}`);
  }
}
