import type { PublicKeyCredentialRequestOptionsJSON } from '@simplewebauthn/server';
import { BrokerError } from '../../common/errors.js';
import type { LedgerClock } from '../ledger-clock.js';
import type { AccountReader } from '../../ledger/account-reader.js';
import type { AccountRecord, AccountRef } from '../../ports/account-record.js';
import { byBoth } from '../assurance.js';
import { secondFactorsOf } from '../accounts/second-factors.js';
import type { FindClient } from '../clients/find-client.js';
import type { Guessing } from '../guessing/guessing.js';
import type { CheckPasskey } from '../passkeys/check-passkey.js';
import type { PasskeyChallenges } from '../passkeys/passkey-challenges.js';
import type { CheckCode, RightCode } from '../totp/check-code.js';
import { knownDevice } from '../sessions/known-devices.js';
import type { AdmitLogin, SessionTokens } from './admit-login.js';
import type { MfaTickets, PendingLogin } from './mfa-tickets.js';

/** What a login is finished with. */
export type SecondProof =
  | { readonly method: 'totp' | 'recovery_code'; readonly code: string }
  | {
      readonly method: 'passkey';
      readonly passkeyToken: string;
      /** What `navigator.credentials.get` came to, as JSON. */
      readonly credential: { readonly id: string };
    };

export interface SecondStep {
  readonly mfaToken: string;
  readonly proof: SecondProof;
  /** Thumbprint of the key that the caller proved to have; empty: none. */
  readonly jkt: string;
  /** Where the caller is. */
  readonly address: string;
}

/** The second step of a login: a code of the authenticator app, a recovery code, or a passkey. */
export class FinishLogin {
  constructor(
    private readonly clients: FindClient,
    private readonly accounts: AccountReader,
    private readonly mfaTickets: MfaTickets,
    private readonly guessing: Guessing,
    private readonly codes: CheckCode,
    private readonly challenges: PasskeyChallenges,
    private readonly passkeys: CheckPasskey,
    private readonly admitting: AdmitLogin,
    private readonly clock: LedgerClock,
  ) {}

  /**
   * Errors: `invalid_ticket` for a login that is not known, was finished, has run out or was tried
   * too often; `client_unknown` when the client was removed since the first step; `invalid_code`;
   * `invalid_dpop_proof`; `rate_limited`, `limiter_unavailable`.
   */
  async finish({ mfaToken, proof, jkt, address }: SecondStep): Promise<SessionTokens> {
    const { account, login } = await this.mfaTickets.try(mfaToken);
    if (login.jkt !== jkt) {
      throw new BrokerError('invalid_dpop_proof', 'the login was begun with another key');
    }
    await this.clients.requireInUse(login.clientId);
    const record = await this.#record(account, login);
    const device = knownDevice(record, account.accountId, login.deviceId);
    const tries = await this.guessing.secondFactor({ ...account, address, knownDevice: device });
    if (!secondFactorsOf(record).includes(proof.method)) {
      throw new BrokerError('invalid_code', 'the code is wrong, or was used before');
    }
    const right = await tries.judge(() => this.#check(account, record, proof));
    // Of two that finish one login, each with a right code, one gets a session.
    await this.mfaTickets.use(mfaToken);
    await tries.succeeded();
    const { clientId, deviceId, credentials } = login;
    return this.admitting.admit({
      account,
      credentials,
      request: { clientId, deviceId, jkt, proof: byBoth('pwd', right.method) },
      alsoChange: (current) => right.spend(current),
    });
  }

  /**
   * What a browser needs to finish a login with one of the account's passkeys. Errors:
   * `invalid_ticket`, `passkey_unknown`, `rate_limited`, `limiter_unavailable`.
   */
  async askForPasskey(
    mfaToken: string,
    address: string,
  ): Promise<{
    passkeyToken: string;
    options: PublicKeyCredentialRequestOptionsJSON;
  }> {
    await this.guessing.passkeyStart(address);
    const { account, login } = await this.mfaTickets.look(mfaToken);
    const { passkeys } = await this.#record(account, login);
    if (passkeys.length === 0) {
      throw new BrokerError('passkey_unknown', 'the account has no passkey');
    }
    const of = { ...account, kind: 'passkey_login' as const };
    const { passkeyToken, challenge } = await this.challenges.issue(of);
    const options = await this.passkeys.options(challenge, passkeys, 'preferred');
    return { passkeyToken, options };
  }

  async #record(account: AccountRef, login: PendingLogin): Promise<AccountRecord> {
    const record = await this.accounts.read(account);
    if (record?.status === 'active' && record.credentials === login.credentials) return record;
    throw new BrokerError('invalid_ticket', 'this login can not be finished; begin it again');
  }

  async #check(account: AccountRef, record: AccountRecord, proof: SecondProof): Promise<RightCode> {
    const now = this.clock.nowSeconds();
    switch (proof.method) {
      case 'totp':
        return this.codes.totp(account, record, proof.code, now);
      case 'recovery_code':
        return this.codes.recoveryCode(record, proof.code);
      case 'passkey': {
        const of = { ...account, kind: 'passkey_login' as const };
        const challenge = await this.challenges.take(proof.passkeyToken, of);
        return this.passkeys.check(record, proof.credential, challenge, 'preferred', now);
      }
    }
  }
}
