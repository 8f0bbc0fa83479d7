import { BrokerError } from '../../common/errors.js';
import type { Principal } from '../../contracts/principal.js';
import type { AccountRecord, AccountRef, BusinessSession } from '../../ports/account-record.js';
import { isAsStrongAs, MULTI_FACTOR, SINGLE_FACTOR } from '../assurance.js';
import { hasSecondFactor } from '../accounts/second-factors.js';
import type { AccountTry } from '../guessing/guessing.js';
import { knownDevice } from '../sessions/known-devices.js';
import type { AccessTokenClaims } from './access-token-claims.js';

/** A person who has shown a business access token whose session works, as of a moment ago. */
export class BusinessCaller {
  constructor(
    readonly account: AccountRef,
    readonly claims: AccessTokenClaims,
    readonly record: AccountRecord,
    readonly session: BusinessSession,
  ) {}

  /** Who tries, where they prove something more. */
  tryFrom(address: string): AccountTry {
    const { account, record, session } = this;
    const device = knownDevice(record, account.accountId, session.deviceId);
    return { ...account, address, knownDevice: device };
  }

  /** What the IM tier is told. */
  get principal(): Principal {
    const { appId, accountId } = this.account;
    const { sid: sessionId, client_id: clientId, auth_time: authTime } = this.claims;
    const { deviceId } = this.session;
    return {
      ...{ appId, userId: accountId, clientId, deviceId, business: { accountId, sessionId } },
      ...(this.#isStrong ? { authTime } : {}),
    };
  }

  /**
   * For sensitive calls (RFC 9470): the person must have been proven lately, and as strongly as the
   * account allows. Throws `insufficient_user_authentication`.
   */
  requireFreshProof(nowSeconds: number, maxAgeSeconds: number): void {
    const { auth_time: authTime } = this.claims;
    const isStrong = this.#isStrong;
    if (isStrong && nowSeconds - authTime <= maxAgeSeconds) return;
    throw new BrokerError(
      'insufficient_user_authentication',
      isStrong
        ? 'this call wants a person who was proven more lately'
        : 'this call wants a person who was proven by a second factor, too',
      { maxAgeSeconds, ...(isStrong ? {} : { acr: this.#wantedAcr }) },
    );
  }

  get #wantedAcr(): string {
    return hasSecondFactor(this.record) ? MULTI_FACTOR : SINGLE_FACTOR;
  }

  /** Whether the person was proven as strongly as the account allows. */
  get #isStrong(): boolean {
    return isAsStrongAs(this.claims.acr, this.#wantedAcr);
  }
}
