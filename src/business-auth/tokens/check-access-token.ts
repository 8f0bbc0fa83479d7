import { type Clock, toUnixSeconds } from '../../common/clock.js';
import { BrokerError, type TokenRefusal } from '../../common/errors.js';
import type { VerifyToken } from '../../keys/verify-token.js';
import type { AccountReader } from '../../ledger/account-reader.js';
import type { ControlView } from '../../ledger/control-view.js';
import type { FeedFollower } from '../../ledger/feed-follower.js';
import type { LedgerTrust } from '../../ledger/ledger-trust.js';
import { workingBusinessSession } from '../../ports/account-record.js';
import { type AccessTokenClaims, appOfAudience, asAccessToken } from './access-token-claims.js';
import { BusinessCaller } from './business-caller.js';

/** A business access token whose signature, issuer and dates are good. */
interface SoundToken {
  readonly appId: string;
  readonly claims: AccessTokenClaims;
}

/**
 * Checks business access tokens: form, key, signature, kind, issuer, expiry, key revoked, session
 * and client. The session is asked of the ledger each time, so one that has ended is refused at once: these
 * calls are few, and most of them change the ledger anyway.
 */
export class CheckAccessToken {
  constructor(
    private readonly signatures: VerifyToken,
    private readonly accounts: AccountReader,
    private readonly control: ControlView,
    private readonly follower: FeedFollower,
    private readonly trust: LedgerTrust,
    private readonly clock: Clock,
    private readonly leewaySeconds: number,
  ) {}

  /**
   * `jkt`: the thumbprint of the key that the caller proved to have (RFC 9449), if any. Throws
   * `token_*`, `invalid_dpop_proof` for a token bound to another key or shown without a proof, and
   * `ledger_unavailable`.
   */
  async check(token: string, jkt?: string): Promise<BusinessCaller> {
    const sound = await this.#sound(token);
    if (typeof sound === 'string') throw refused(sound);
    requireKey(sound.claims, jkt);
    const caller = await this.#caller(sound);
    if (caller === undefined) throw refused('business_session_ended');
    return caller;
  }

  /** The same without a proof of its key: for introspection. Undefined: it does not work. */
  async active(token: string): Promise<BusinessCaller | undefined> {
    const sound = await this.#sound(token);
    return typeof sound === 'string' ? undefined : this.#caller(sound);
  }

  async #caller({ appId, claims }: SoundToken): Promise<BusinessCaller | undefined> {
    const account = { appId, accountId: claims.sub };
    const record = await this.accounts.read(account);
    const now = toUnixSeconds(this.clock.nowMs() + this.follower.clockOffsetMs);
    const session = workingBusinessSession(record, claims.sid, now);
    if (record === undefined || session === undefined) return undefined;
    if (this.control.isClientRemoved(session.clientId)) return undefined;
    return new BusinessCaller(account, claims, record, session);
  }

  async #sound(token: string): Promise<SoundToken | TokenRefusal> {
    if (!this.trust.isFresh()) await this.trust.renew();
    const verified = await this.signatures.verify(token);
    if (typeof verified === 'string') return verified;
    const { parsed, key } = verified;
    const claims = key.ring === 'shared' ? asAccessToken(parsed) : undefined;
    const appId = claims === undefined ? undefined : appOfAudience(claims.aud);
    // Some other kind of token of ours.
    if (claims === undefined || appId === undefined) return 'wrong_app';
    if (!(await this.#isIssuer(claims.iss))) return 'wrong_app';
    const now = toUnixSeconds(this.clock.nowMs());
    if (now >= claims.exp + this.leewaySeconds) return 'expired';
    if (this.signatures.isKeyRemoved(key.id)) return 'expired';
    if (this.signatures.isKeyRevoked(key.id)) return 'key_revoked';
    return { appId, claims };
  }

  async #isIssuer(url: string): Promise<boolean> {
    if (this.control.isIssuer(url)) return true;
    await this.follower.readAfterNow();
    return this.control.isIssuer(url);
  }
}

/** A bound token is of no use without its key (RFC 9449 §7.1). */
function requireKey({ cnf }: AccessTokenClaims, jkt: string | undefined): void {
  if (cnf === undefined || cnf.jkt === jkt) return;
  throw new BrokerError('invalid_dpop_proof', 'the token is bound to a key that was not proven');
}

function refused(status: TokenRefusal): BrokerError {
  return new BrokerError(`token_${status}`, WORDS[status] ?? 'the token does not work');
}

const WORDS: Partial<Record<TokenRefusal, string>> = {
  malformed: 'this is no token',
  unknown_key: 'the token is of a key that is not known here',
  bad_signature: 'the signature of the token is wrong',
  wrong_app: 'a business access token is wanted here',
  expired: 'the token has expired',
  key_revoked: 'the key of the token has been revoked',
  business_session_ended: 'the business session has ended',
};
