import { BrokerError } from '../../common/errors.js';
import type { LedgerClock } from '../ledger-clock.js';
import type { AccountReader } from '../../ledger/account-reader.js';
import { byBoth } from '../assurance.js';
import { secondFactorsOf } from '../accounts/second-factors.js';
import type { FindClient } from '../clients/find-client.js';
import type { Guessing } from '../guessing/guessing.js';
import type { CheckCode, RightCode } from '../totp/check-code.js';
import type { AdmitLogin, SessionTokens } from './admit-login.js';
import type { MfaTickets } from './mfa-tickets.js';

export interface SecondStep {
  readonly mfaToken: string;
  readonly method: 'totp' | 'recovery_code';
  readonly code: string;
  /** Thumbprint of the key that the caller proved to have; empty: none. */
  readonly jkt: string;
}

/** The second step of a login: a code of the authenticator app, or a recovery code. */
export class FinishLogin {
  constructor(
    private readonly clients: FindClient,
    private readonly accounts: AccountReader,
    private readonly mfaTickets: MfaTickets,
    private readonly guessing: Guessing,
    private readonly codes: CheckCode,
    private readonly admitting: AdmitLogin,
    private readonly clock: LedgerClock,
  ) {}

  /**
   * Errors: `invalid_ticket` for a login that is not known, was finished, has run out or was tried
   * too often; `client_unknown` when the client was removed since the first step; `invalid_code`;
   * `invalid_dpop_proof`; `rate_limited`, `limiter_unavailable`.
   */
  async finish({ mfaToken, method, code, jkt }: SecondStep): Promise<SessionTokens> {
    const { account, login } = await this.mfaTickets.try(mfaToken);
    if (login.jkt !== jkt) {
      throw new BrokerError('invalid_dpop_proof', 'the login was begun with another key');
    }
    await this.clients.requireInUse(login.clientId);
    const tries = await this.guessing.secondFactor(account);
    const record = await this.accounts.read(account);
    if (record?.status !== 'active' || record.credentials !== login.credentials) {
      throw new BrokerError('invalid_ticket', 'this login can not be finished; begin it again');
    }
    if (!secondFactorsOf(record).includes(method)) {
      throw new BrokerError('invalid_code', 'the code is wrong, or was used before');
    }
    const right: RightCode =
      method === 'totp'
        ? await this.codes.totp(account, record, code, this.clock.nowSeconds())
        : this.codes.recoveryCode(record, code);
    // Of two that finish one login, each with a right code, one gets a session.
    await this.mfaTickets.use(mfaToken);
    await tries.succeeded();
    const { clientId, deviceId, credentials } = login;
    return this.admitting.admit({
      account,
      credentials,
      request: { clientId, deviceId, jkt, proof: byBoth(right.method) },
      alsoChange: (current) => right.spend(current),
    });
  }
}
