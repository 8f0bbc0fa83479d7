import type { FastifyRequest } from 'fastify';
import { BrokerError } from '../../common/errors.js';

const BEARER = /^Bearer +([\w.~+/=-]+) *$/i;

/** The token of the Authorization header (RFC 6750 §2.1). Throws `missing_token`. */
export function bearerOf(request: FastifyRequest): string {
  const token = BEARER.exec(request.headers.authorization ?? '')?.[1];
  if (token === undefined) {
    throw new BrokerError('missing_token', 'the header Authorization must hold a Bearer token');
  }
  return token;
}
