import type { FastifyReply } from 'fastify';
import { DPOP_ALGORITHMS } from '../../business-auth/dpop/check-dpop-proof.js';
import { sendRateLimit } from '../rate-limit-headers.js';
import type { BrokerError, ErrorCode } from '../../common/errors.js';

const STATUS: Readonly<Record<ErrorCode, number>> = {
  invalid_request: 400,
  payload_too_large: 413,
  unsupported_media_type: 415,
  route_unknown: 404,
  method_not_allowed: 405,
  missing_token: 401,
  invalid_credentials: 401,
  invalid_scope: 400,
  invalid_target: 400,
  unsupported_grant_type: 400,
  unsupported_token_type: 400,
  not_admin: 403,
  insufficient_scope: 403,
  insufficient_user_authentication: 401,
  admin_user_unknown: 403,
  admin_platform: 403,
  admin_user: 403,
  token_malformed: 401,
  token_unknown_key: 401,
  token_bad_signature: 401,
  token_wrong_app: 401,
  token_expired: 401,
  token_key_revoked: 401,
  token_unknown_session: 401,
  token_revoked: 401,
  token_kicked: 401,
  token_replaced: 401,
  token_business_session_ended: 401,
  token_user_suspended: 401,
  token_superseded: 401,
  user_suspended: 403,
  user_unknown: 404,
  user_exists: 409,
  session_unknown: 404,
  revocation_unknown: 404,
  revocation_restored: 409,
  app_unknown: 404,
  app_exists: 409,
  secret_unknown: 404,
  secret_limit: 409,
  key_unknown: 404,
  key_revoked: 409,
  rotation_too_early: 409,
  idempotency_key_reused: 422,
  client_unknown: 401,
  client_not_found: 404,
  client_exists: 409,
  trusted_issuer_unknown: 404,
  trusted_issuer_exists: 409,
  registration_closed: 403,
  username_taken: 409,
  weak_password: 400,
  invalid_login: 401,
  invalid_grant: 401,
  invalid_ticket: 401,
  invalid_code: 401,
  invalid_dpop_proof: 401,
  account_unknown: 404,
  mfa_exists: 409,
  mfa_unknown: 404,
  passkey_unknown: 404,
  passkey_limit: 409,
  rate_limited: 429,
  limiter_unavailable: 503,
  issuer_unavailable: 503,
  notifier_unavailable: 503,
  ledger_unavailable: 503,
  overloaded: 503,
  internal: 500,
};

/** Every `code` that there is. */
export const PROBLEM_CODES = Object.keys(STATUS) as readonly ErrorCode[];

/** An error as RFC 9457 problem details: `code` is the stable word, `title` the same for people. */
export interface Problem {
  readonly type: 'about:blank';
  readonly title: string;
  readonly status: number;
  readonly code: ErrorCode;
  readonly detail: string;
}

export function problemOf(error: BrokerError): Problem {
  const { code, detail } = error;
  return {
    type: 'about:blank',
    title: code.replaceAll('_', ' '),
    status: STATUS[code],
    code,
    detail,
  };
}

/** Answers with a problem, and with the challenge that RFC 6750 §3, 9449 §7.1 and 9470 §3 ask for. */
export function sendProblem(reply: FastifyReply, error: BrokerError): void {
  const problem = problemOf(error);
  const challenge = challengeOf(error, problem.status);
  if (challenge !== undefined) {
    // A caller whose token is bound is challenged in the scheme of bound ones.
    const isBound = error.code === 'invalid_dpop_proof' || isShownAsBound(reply);
    const parameters = [isBound ? ALGORITHMS : '', challenge].filter((each) => each !== '');
    const scheme = isBound ? 'DPoP' : 'Bearer';
    void reply.header('www-authenticate', `${scheme} ${parameters.join(', ')}`.trimEnd());
  }
  const retryAfter = problem.status === 503 ? 1 : error.retryAfterSeconds;
  if (retryAfter !== undefined) void reply.header('retry-after', String(retryAfter));
  sendRateLimit(reply, error);
  void reply.status(problem.status).type('application/problem+json').send(problem);
}

const ALGORITHMS = `algs="${DPOP_ALGORITHMS.join(' ')}"`;

function isShownAsBound({ request }: FastifyReply): boolean {
  return /^DPoP /i.test(request.headers.authorization ?? '');
}

/** The parameters of the challenge, which may be none; undefined: there is no challenge. */
function challengeOf(
  { code, detail, maxAgeSeconds, acr }: BrokerError,
  status: number,
): string | undefined {
  if (code === 'missing_token') return '';
  if (code === 'insufficient_scope') return 'error="insufficient_scope"';
  if (status !== 401) return undefined;
  if (code === 'insufficient_user_authentication') {
    const strength = acr === undefined ? '' : `, acr_values="${acr}"`;
    return `error="${code}", error_description="${detail}", max_age=${maxAgeSeconds ?? 0}${strength}`;
  }
  if (code === 'invalid_dpop_proof') return `error="${code}", error_description="${detail}"`;
  if (!code.startsWith('token_')) return '';
  return `error="invalid_token", error_description="${detail}"`;
}
