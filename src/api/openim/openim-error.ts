import type { FastifyReply } from 'fastify';
import {
  type BrokerError,
  type ErrorCode,
  TOKEN_STATUSES,
  type TokenRefusal,
} from '../../common/errors.js';
import { refusal } from '../../im/tokens/refusal.js';

/** OpenIM's codes and names (openimsdk/tools, `errs/predefine.go`; openimsdk/protocol). */
const NAMES = {
  500: 'ServerInternalError',
  1001: 'ArgsError',
  1002: 'NoPermissionError',
  1004: 'RecordNotFoundError',
  1101: 'UserIDNotFoundError',
  1102: 'RegisteredAlreadyError',
  1501: 'TokenExpiredError',
  1502: 'TokenInvalidError',
  1503: 'TokenMalformedError',
  1505: 'TokenUnknownError',
  1506: 'TokenKickedError',
  1507: 'TokenNotExistError',
} as const;

export type OpenimCode = keyof typeof NAMES;

const CODES: Readonly<Record<ErrorCode, OpenimCode>> = {
  invalid_request: 1001,
  payload_too_large: 1001,
  unsupported_media_type: 1001,
  route_unknown: 1004,
  method_not_allowed: 1001,
  missing_token: 1001,
  invalid_credentials: 1002,
  invalid_scope: 1002,
  invalid_target: 1001,
  not_admin: 1002,
  unsupported_grant_type: 1001,
  unsupported_token_type: 1001,
  insufficient_scope: 1002,
  insufficient_user_authentication: 1002,
  admin_user_unknown: 1001,
  admin_platform: 1002,
  admin_user: 1002,
  token_malformed: 1503,
  token_unknown_key: 1505,
  token_bad_signature: 1502,
  token_wrong_app: 1502,
  token_expired: 1501,
  token_key_revoked: 1505,
  token_unknown_session: 1507,
  token_revoked: 1506,
  token_kicked: 1506,
  token_replaced: 1506,
  token_business_session_ended: 1506,
  token_user_suspended: 1506,
  // Refused as expired: the SDK asks its business server for a new one, which carries the new role.
  token_superseded: 1501,
  user_suspended: 1002,
  user_unknown: 1101,
  user_exists: 1102,
  session_unknown: 1507,
  revocation_unknown: 1004,
  revocation_restored: 1001,
  app_unknown: 1004,
  app_exists: 1004,
  secret_unknown: 1004,
  secret_limit: 1004,
  key_unknown: 1004,
  key_revoked: 1004,
  rotation_too_early: 1004,
  idempotency_key_reused: 1001,
  client_unknown: 1002,
  client_not_found: 1004,
  client_exists: 1004,
  trusted_issuer_unknown: 1004,
  trusted_issuer_exists: 1004,
  registration_closed: 1002,
  username_taken: 1001,
  weak_password: 1001,
  invalid_login: 1002,
  invalid_grant: 1002,
  invalid_ticket: 1002,
  invalid_code: 1002,
  invalid_dpop_proof: 1002,
  account_unknown: 1004,
  mfa_exists: 1001,
  mfa_unknown: 1004,
  passkey_unknown: 1004,
  passkey_limit: 1001,
  rate_limited: 1002,
  limiter_unavailable: 500,
  issuer_unavailable: 500,
  notifier_unavailable: 500,
  ledger_unavailable: 500,
  overloaded: 500,
  internal: 500,
};

export interface OpenimErrorBody {
  readonly errCode: OpenimCode;
  readonly errMsg: string;
  readonly errDlt: string;
}

export function openimErrorOf({ code, detail }: BrokerError): OpenimErrorBody {
  const errCode = CODES[code];
  return { errCode, errMsg: NAMES[errCode], errDlt: detail };
}

const REFUSALS = new Map(
  TOKEN_STATUSES.filter((status) => status !== 'active').map((status) => [
    status,
    openimErrorOf(refusal(status)),
  ]),
);

/** How a refused token is answered: as if the refusal had been thrown, without the cost of that. */
export function openimRefusal(status: TokenRefusal): OpenimErrorBody {
  return REFUSALS.get(status) ?? openimErrorOf(refusal(status));
}

/** Answers with OpenIM's envelope: the HTTP status is 200 whatever went wrong. */
export function sendOpenimError(reply: FastifyReply, error: BrokerError): void {
  void reply.status(200).send(openimErrorOf(error));
}
