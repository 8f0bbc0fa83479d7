import type { FastifyRequest } from 'fastify';
import { BrokerError } from '../../common/errors.js';

export interface AppCredentials {
  readonly appId: string;
  readonly secret: string;
}

const BASIC = /^Basic +([A-Za-z0-9+/]+={0,2}) *$/i;

/**
 * The app's id and secret: by HTTP Basic, or in the body (RFC 6749 §2.3.1), not both. Throws
 * `invalid_credentials` or `invalid_request`.
 */
export function appCredentials(
  request: FastifyRequest,
  body: { client_id?: string | undefined; client_secret?: string | undefined },
): AppCredentials {
  const { authorization } = request.headers;
  if (authorization === undefined) {
    const { client_id: appId, client_secret: secret } = body;
    if (appId === undefined || secret === undefined) throw wrong();
    return { appId, secret };
  }
  if (body.client_secret !== undefined) {
    throw new BrokerError('invalid_request', 'the app must authenticate in one way only');
  }
  const encoded = BASIC.exec(authorization)?.[1];
  if (encoded === undefined) throw wrong();
  const pair = splitOnce(Buffer.from(encoded, 'base64').toString('utf8'));
  const [appId, secret] = [decode(pair[0]), decode(pair[1])];
  if (body.client_id !== undefined && body.client_id !== appId) {
    throw new BrokerError('invalid_request', 'client_id: is not the one that authenticates');
  }
  return { appId, secret };
}

function splitOnce(pair: string): [string, string] {
  const colon = pair.indexOf(':');
  if (colon < 0) throw wrong();
  return [pair.slice(0, colon), pair.slice(colon + 1)];
}

/** Id and secret are form-encoded inside of Basic (RFC 6749 §2.3.1); many callers don't. */
function decode(value: string): string {
  if (!/%[\da-f]{2}/i.test(value)) return value;
  try {
    return decodeURIComponent(value.replaceAll('+', ' '));
  } catch {
    return value;
  }
}

function wrong(): BrokerError {
  return new BrokerError('invalid_credentials', 'the app must show its id and secret');
}
