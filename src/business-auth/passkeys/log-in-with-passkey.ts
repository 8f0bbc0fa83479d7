import type { PublicKeyCredentialRequestOptionsJSON } from '@simplewebauthn/server';
import { BrokerError } from '../../common/errors.js';
import type { AccountLedger } from '../../ports/account-ledger.port.js';
import type { ClientRow } from '../../ports/control-ledger.port.js';
import { BY_PASSKEY } from '../assurance.js';
import type { LedgerClock } from '../ledger-clock.js';
import type { Guessing } from '../guessing/guessing.js';
import type { AdmitLogin, SessionTokens } from '../login/admit-login.js';
import type { CheckPasskey } from './check-passkey.js';
import type { PasskeyChallenges } from './passkey-challenges.js';
import { passkeyName } from './passkey-name.js';

export interface PasskeyLogin {
  /** Proven. */
  readonly client: ClientRow;
  readonly passkeyToken: string;
  /** What `navigator.credentials.get` came to, as JSON. */
  readonly credential: { readonly id: string };
  /** Empty: the caller names no device. */
  readonly deviceId: string;
  /** Thumbprint of the key that the tokens are to be bound to; empty: none. */
  readonly jkt: string;
  /** Where the caller is. */
  readonly address: string;
}

/** Logs a person in by a passkey alone: two factors in one, because it verifies its user. */
export class LogInWithPasskey {
  constructor(
    private readonly accounts: AccountLedger,
    private readonly challenges: PasskeyChallenges,
    private readonly passkeys: CheckPasskey,
    private readonly guessing: Guessing,
    private readonly admitting: AdmitLogin,
    private readonly clock: LedgerClock,
  ) {}

  /**
   * Asks for any passkey that the browser knows, so nobody learns which accounts have one. Errors:
   * `rate_limited`, `limiter_unavailable`.
   */
  async begin(
    { appId }: ClientRow,
    address: string,
  ): Promise<{ passkeyToken: string; options: PublicKeyCredentialRequestOptionsJSON }> {
    await this.guessing.passkeyStart(address);
    const of = { appId, accountId: '', kind: 'passkey_login' as const };
    const { passkeyToken, challenge } = await this.challenges.issue(of);
    return { passkeyToken, options: await this.passkeys.options(challenge, [], 'required') };
  }

  /**
   * Errors: `invalid_ticket`, `invalid_login` for whatever is wrong with the passkey,
   * `rate_limited`, `limiter_unavailable`.
   */
  async finish({
    client,
    passkeyToken,
    credential,
    address,
    ...rest
  }: PasskeyLogin): Promise<SessionTokens> {
    const { appId, id: clientId } = client;
    const of = { appId, accountId: '', kind: 'passkey_login' as const };
    const tries = await this.guessing.passkeyLogin(address);
    const { found, right } = await tries.judge(async () => {
      const challenge = await this.challenges.take(passkeyToken, of);
      return this.#proven(appId, credential, challenge);
    });
    await tries.succeeded();
    return this.admitting.admit({
      account: { appId, accountId: found.accountId },
      credentials: found.record.credentials,
      request: { clientId, ...rest, proof: BY_PASSKEY },
      alsoChange: (current) => right.spend(current),
    });
  }

  async #proven(appId: string, credential: PasskeyLogin['credential'], challenge: string) {
    const found = await this.accounts.find(appId, passkeyName(credential.id));
    if (found?.record.status !== 'active') throw wrong();
    const now = this.clock.nowSeconds();
    const right = await this.passkeys
      .check(found.record, credential, challenge, 'required', now)
      .catch((cause: unknown) => {
        throw wrong(cause);
      });
    return { found, right };
  }
}

function wrong(cause?: unknown): BrokerError {
  return new BrokerError('invalid_login', 'the login is wrong', { cause });
}
