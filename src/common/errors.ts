/**
 * Why a user token is refused, in the order in which the reasons are looked for; `active` when
 * it is not. The first that applies names the status of a token.
 */
export const TOKEN_STATUSES = [
  'malformed',
  'unknown_key',
  'bad_signature',
  'wrong_app',
  'expired',
  'key_revoked',
  'unknown_session',
  'revoked',
  'kicked',
  'replaced',
  'business_session_ended',
  'user_suspended',
  'superseded',
  'active',
] as const;

export type TokenStatus = (typeof TOKEN_STATUSES)[number];
export type TokenRefusal = Exclude<TokenStatus, 'active'>;

/** The closed set of what can go wrong, as stable words. Each dialect maps them to its own wire. */
export type ErrorCode =
  | 'invalid_request'
  | 'payload_too_large'
  | 'unsupported_media_type'
  | 'route_unknown'
  | 'method_not_allowed'
  | 'missing_token'
  | 'invalid_credentials'
  | 'invalid_scope'
  | 'invalid_target'
  | 'unsupported_grant_type'
  | 'unsupported_token_type'
  | 'not_admin'
  | 'insufficient_scope'
  | 'insufficient_user_authentication'
  | 'admin_user_unknown'
  | 'admin_platform'
  | 'admin_user'
  | `token_${TokenRefusal}`
  | 'user_suspended'
  | 'user_unknown'
  | 'user_exists'
  | 'session_unknown'
  | 'revocation_unknown'
  | 'revocation_restored'
  | 'app_unknown'
  | 'app_exists'
  | 'secret_unknown'
  | 'secret_limit'
  | 'key_unknown'
  | 'key_revoked'
  | 'rotation_too_early'
  | 'idempotency_key_reused'
  | 'client_unknown'
  | 'client_not_found'
  | 'client_exists'
  | 'trusted_issuer_unknown'
  | 'trusted_issuer_exists'
  | 'registration_closed'
  | 'username_taken'
  | 'weak_password'
  | 'invalid_login'
  | 'invalid_grant'
  | 'invalid_ticket'
  | 'invalid_code'
  | 'invalid_dpop_proof'
  | 'account_unknown'
  | 'mfa_exists'
  | 'mfa_unknown'
  | 'passkey_unknown'
  | 'passkey_limit'
  | 'rate_limited'
  | 'limiter_unavailable'
  | 'issuer_unavailable'
  | 'notifier_unavailable'
  | 'ledger_unavailable'
  | 'overloaded'
  | 'internal';

/** Where a limit on tries stands. */
export interface RateLimitState {
  readonly limit: {
    readonly name: string;
    readonly attempts: number;
    readonly perSeconds: number;
  };
  readonly remaining: number;
  readonly resetSeconds: number;
}

export interface BrokerErrorOptions {
  /** What went wrong underneath; logged, never sent to a client. */
  cause?: unknown;
  /** Seconds of freshness that the caller must prove (RFC 9470), with `insufficient_user_authentication`. */
  maxAgeSeconds?: number;
  /** How strong the proof must be (RFC 9470 §3, `acr_values`), where that is what is missing. */
  acr?: string;
  /** Seconds after which it may be tried again, where that is known. */
  retryAfterSeconds?: number;
  /** The limit that was passed, with `rate_limited`. */
  rateLimit?: RateLimitState;
}

/**
 * The only error that crosses from the domain to a dialect.
 *
 * `detail` is written for the caller: it names the field or the reason and holds no secret, no
 * token and no inner text.
 */
export class BrokerError extends Error {
  override readonly name = 'BrokerError';
  readonly maxAgeSeconds: number | undefined;
  readonly acr: string | undefined;
  readonly retryAfterSeconds: number | undefined;
  readonly rateLimit: RateLimitState | undefined;

  constructor(
    readonly code: ErrorCode,
    readonly detail: string,
    options: BrokerErrorOptions = {},
  ) {
    super(`${code}: ${detail}`, options.cause === undefined ? undefined : { cause: options.cause });
    this.maxAgeSeconds = options.maxAgeSeconds;
    this.acr = options.acr;
    this.retryAfterSeconds = options.retryAfterSeconds;
    this.rateLimit = options.rateLimit;
  }
}
