import type { FastifyRequest } from 'fastify';
import { BrokerError } from '../../common/errors.js';
import { appCredentials } from './app-credentials.js';

export interface ClientCredentials {
  readonly id: string;
  /** Absent: a public client names itself only. */
  readonly secret?: string;
}

/**
 * A client's id and, where it has one, its secret: by HTTP Basic or in the body (RFC 6749 §2.3.1,
 * §3.2.1). Throws `invalid_credentials` or `invalid_request`.
 */
export function clientCredentials(
  request: FastifyRequest,
  body: { client_id?: string | undefined; client_secret?: string | undefined },
): ClientCredentials {
  const { client_id: id, client_secret: secret } = body;
  if (request.headers.authorization === undefined && secret === undefined) {
    if (id === undefined) throw new BrokerError('invalid_credentials', 'client_id: is missing');
    return { id };
  }
  const shown = appCredentials(request, body);
  return shown.secret === '' ? { id: shown.appId } : { id: shown.appId, secret: shown.secret };
}
