import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { FindClient } from '../business-auth/clients/find-client.js';
import type { ClientRow } from '../ports/control-ledger.port.js';
import { WrongSecrets } from './wrong-secrets.js';

/** What a client says it is. */
export interface ShownClient {
  readonly clientId: string;
  readonly clientSecret?: string | undefined;
}

/** Finds the client that calls, and limits wrong secrets by the address that they come from. */
@Injectable()
export class CallingClients {
  constructor(
    private readonly clients: FindClient,
    private readonly wrong: WrongSecrets,
  ) {}

  /** Throws `client_unknown`, `rate_limited`, `ledger_unavailable`. */
  prove(request: FastifyRequest, { clientId, clientSecret }: ShownClient): Promise<ClientRow> {
    const find = () => this.clients.authenticate(clientId, clientSecret);
    // Who shows no secret guesses none.
    return clientSecret === undefined ? find() : this.wrong.limited(request, find);
  }
}
