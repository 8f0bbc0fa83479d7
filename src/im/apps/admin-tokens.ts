import { type Clock, toUnixSeconds } from '../../common/clock.js';
import type { OperatorStanding } from '../../contracts/operator-standing.js';
import type { Principal } from '../../contracts/principal.js';
import { equalInConstantTime, hashSecret } from '../../common/constant-time.js';
import { BrokerError } from '../../common/errors.js';
import { type Entropy, newId } from '../../common/ids.js';
import { SHARED_RING } from '../../keys/ring.js';
import type { SignTokens } from '../../keys/sign-tokens.js';
import type { ControlView } from '../../ledger/control-view.js';
import type { FeedFollower } from '../../ledger/feed-follower.js';
import type { LedgerTrust } from '../../ledger/ledger-trust.js';
import type { AuditLog } from '../../ports/audit-log.port.js';
import type { SecretRow } from '../../ports/control-ledger.port.js';
import { ADMIN_PLATFORM } from '../platforms.js';
import { ADMIN_TOKEN_TYPE, type AdminTokenClaims } from '../tokens/token-claims.js';
import type { AppRules } from './app-directory.js';

export interface AdminToken {
  readonly token: string;
  /** Seconds. */
  readonly expiresIn: number;
  /** Space-separated. */
  readonly scope: string;
}

export interface AdminTokenOptions {
  readonly issuer: string;
  readonly ttlSeconds: number;
}

/** Gives admin tokens to whoever shows an app's secret, and to persons who were granted scopes. Any number at once; none replaces another. */
export class AdminTokens {
  constructor(
    private readonly signing: SignTokens,
    private readonly control: ControlView,
    private readonly follower: FeedFollower,
    private readonly trust: LedgerTrust,
    private readonly operators: OperatorStanding,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
    private readonly entropy: Entropy,
    private readonly options: AdminTokenOptions,
  ) {}

  /**
   * `subject`: the admin user in whose name it is, or the app itself. `scope`: what is asked for;
   * absent, all that the secret may have.
   *
   * Errors: `invalid_credentials`, `invalid_scope`.
   */
  async issue(
    rules: AppRules,
    secret: string,
    subject: string,
    scope?: readonly string[],
  ): Promise<AdminToken> {
    const row = await this.authenticate(rules.appId, secret);
    const granted = scope ?? row.scopes;
    const tooMuch = granted.find((word) => !row.scopes.includes(word));
    if (tooMuch !== undefined) {
      throw new BrokerError('invalid_scope', 'the app secret does not carry all of that scope');
    }
    const now = toUnixSeconds(this.clock.nowMs());
    const got = { secret: row.id, auth_time: now };
    return this.#sign(rules.appId, subject, granted, now, got);
  }

  /**
   * To a person, in their own name, as far as their account has been granted scopes. It dies with
   * their business session, tells when they were proven, and goes on record. Errors: `invalid_scope`,
   * `token_business_session_ended`, `ledger_unavailable`.
   */
  async issueToPerson(person: Principal, scope: readonly string[]): Promise<AdminToken> {
    const { appId, business, authTime = 0 } = person;
    const granted =
      business && (await this.operators.scopesOf(appId, business.accountId, business.sessionId));
    if (business === undefined || granted === undefined) {
      throw new BrokerError('token_business_session_ended', 'the business session has ended');
    }
    if (scope.length === 0 || scope.some((word) => !granted.includes(word))) {
      throw new BrokerError('invalid_scope', 'the account was not granted all of that scope');
    }
    const now = toUnixSeconds(this.clock.nowMs());
    const got = { sid: business.sessionId, auth_time: authTime };
    await this.audit.add({
      ...{ id: newId(this.entropy, 'evt'), appId, type: 'admin_token.issued', security: false },
      ...{ actor: business.accountId, subject: business.accountId },
      detail: { scope: scope.join(' '), sessionId: business.sessionId },
    });
    return this.#sign(appId, business.accountId, scope, now, got);
  }

  async #sign(
    appId: string,
    subject: string,
    scope: readonly string[],
    now: number,
    got: Pick<AdminTokenClaims, 'secret' | 'sid' | 'auth_time'>,
  ): Promise<AdminToken> {
    const { issuer, ttlSeconds } = this.options;
    const claims: AdminTokenClaims = {
      iss: issuer,
      aud: issuer,
      sub: subject,
      client_id: appId,
      jti: newId(this.entropy, 'adm'),
      iat: now,
      exp: now + ttlSeconds,
      ...got,
      scope: scope.join(' '),
      UserID: subject,
      PlatformID: ADMIN_PLATFORM,
    };
    const token = await this.signing.sign(SHARED_RING, ADMIN_TOKEN_TYPE, claims);
    return { token, expiresIn: ttlSeconds, scope: claims.scope };
  }

  /**
   * The app's secret that was shown. Cheap on purpose: a secret of 32 random bytes can't be
   * guessed, so a slow hash would protect nothing. Throws `invalid_credentials`.
   */
  async authenticate(appId: string, secret: string): Promise<SecretRow> {
    if (!this.trust.isFresh()) await this.trust.renew();
    let row = this.#find(appId, secret);
    if (row === undefined) {
      // It may have been issued on another broker a moment ago.
      await this.follower.readAfterNow();
      row = this.#find(appId, secret);
    }
    if (row === undefined) throw new BrokerError('invalid_credentials', 'the secret is wrong');
    return row;
  }

  /** Compares with every valid secret, so that the time tells nothing. */
  #find(appId: string, secret: string): SecretRow | undefined {
    const hash = hashSecret(secret);
    let found: SecretRow | undefined;
    for (const row of this.control.validSecrets(appId)) {
      if (equalInConstantTime(row.hash, hash)) found = row;
    }
    return found;
  }
}
