import type { FastifyReply } from 'fastify';
import type { BrokerError, ErrorCode } from '../../common/errors.js';

/** Errors of RFC 6749 §5.2, RFC 7009 §2.2.1 and, for a Bearer token, RFC 6750 §3.1. */
type OAuthError =
  | 'invalid_request'
  | 'invalid_client'
  | 'invalid_scope'
  | 'unsupported_grant_type'
  | 'unsupported_token_type'
  | 'invalid_token'
  | 'insufficient_scope'
  | 'server_error'
  | 'temporarily_unavailable';

const ERRORS: Partial<Record<ErrorCode, [number, OAuthError]>> = {
  invalid_credentials: [401, 'invalid_client'],
  app_unknown: [401, 'invalid_client'],
  unsupported_grant_type: [400, 'unsupported_grant_type'],
  unsupported_token_type: [400, 'unsupported_token_type'],
  insufficient_scope: [403, 'insufficient_scope'],
  not_admin: [401, 'invalid_token'],
  invalid_scope: [400, 'invalid_scope'],
  payload_too_large: [413, 'invalid_request'],
  unsupported_media_type: [415, 'invalid_request'],
  method_not_allowed: [405, 'invalid_request'],
  ledger_unavailable: [503, 'temporarily_unavailable'],
  overloaded: [503, 'temporarily_unavailable'],
  internal: [500, 'server_error'],
};

/** Answers with an error as RFC 6749 §5.2 says. Which app or secret was wrong is not told. */
export function sendOAuthError(reply: FastifyReply, error: BrokerError): void {
  const [status, name] = ERRORS[error.code] ?? [400, 'invalid_request'];
  if (name === 'invalid_client') void reply.header('www-authenticate', 'Basic realm="countersign"');
  if (status === 503) void reply.header('retry-after', '1');
  const description = name === 'invalid_client' ? 'the app or its secret is wrong' : error.detail;
  void reply
    .status(status)
    .header('cache-control', 'no-store')
    .send({ error: name, error_description: description });
}
