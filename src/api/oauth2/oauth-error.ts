import type { FastifyReply } from 'fastify';
import { sendRateLimit } from '../rate-limit-headers.js';
import type { BrokerError, ErrorCode } from '../../common/errors.js';

/** Errors of RFC 6749 §5.2, RFC 7009 §2.2.1, RFC 8693 §2.2.2, RFC 9449 §5 and, for a Bearer token, RFC 6750 §3.1. */
export const OAUTH_ERRORS = [
  'invalid_request',
  'invalid_client',
  'invalid_scope',
  'invalid_target',
  'invalid_grant',
  'invalid_dpop_proof',
  'unsupported_grant_type',
  'unsupported_token_type',
  'invalid_token',
  'insufficient_scope',
  'server_error',
  'temporarily_unavailable',
] as const;

type OAuthError = (typeof OAUTH_ERRORS)[number];

const ERRORS: Partial<Record<ErrorCode, [number, OAuthError]>> = {
  invalid_credentials: [401, 'invalid_client'],
  client_unknown: [401, 'invalid_client'],
  app_unknown: [401, 'invalid_client'],
  unsupported_grant_type: [400, 'unsupported_grant_type'],
  unsupported_token_type: [400, 'unsupported_token_type'],
  insufficient_scope: [403, 'insufficient_scope'],
  not_admin: [401, 'invalid_token'],
  invalid_scope: [400, 'invalid_scope'],
  invalid_target: [400, 'invalid_target'],
  invalid_grant: [400, 'invalid_grant'],
  invalid_dpop_proof: [400, 'invalid_dpop_proof'],
  user_suspended: [400, 'invalid_grant'],
  user_unknown: [400, 'invalid_grant'],
  admin_user: [400, 'invalid_grant'],
  payload_too_large: [413, 'invalid_request'],
  unsupported_media_type: [415, 'invalid_request'],
  method_not_allowed: [405, 'invalid_request'],
  ledger_unavailable: [503, 'temporarily_unavailable'],
  rate_limited: [429, 'temporarily_unavailable'],
  issuer_unavailable: [503, 'temporarily_unavailable'],
  limiter_unavailable: [503, 'temporarily_unavailable'],
  overloaded: [503, 'temporarily_unavailable'],
  internal: [500, 'server_error'],
};

/** A Bearer token that is refused (RFC 6750 §3.1), or whatever else was wrong with the request. */
function otherwise(code: ErrorCode): [number, OAuthError] {
  return code.startsWith('token_') ? [401, 'invalid_token'] : [400, 'invalid_request'];
}

/** Answers with an error as RFC 6749 §5.2 says. Which app or secret was wrong is not told. */
export function sendOAuthError(reply: FastifyReply, error: BrokerError): void {
  const [status, name] = ERRORS[error.code] ?? otherwise(error.code);
  if (name === 'invalid_client') void reply.header('www-authenticate', 'Basic realm="countersign"');
  sendRateLimit(reply, error);
  if (error.retryAfterSeconds !== undefined) {
    void reply.header('retry-after', String(error.retryAfterSeconds));
  }
  if (status === 503) void reply.header('retry-after', '1');
  const description = name === 'invalid_client' ? 'the app or its secret is wrong' : error.detail;
  void reply
    .status(status)
    .header('cache-control', 'no-store')
    .send({ error: name, error_description: description });
}
