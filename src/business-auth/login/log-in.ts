import { BrokerError } from '../../common/errors.js';
import type { AccountEntry, AccountLedger } from '../../ports/account-ledger.port.js';
import type { AccountRecord } from '../../ports/account-record.js';
import type { ClientRow } from '../../ports/control-ledger.port.js';
import { BY_PASSWORD } from '../assurance.js';
import type { RehashPassword } from '../accounts/rehash-password.js';
import { type SecondFactor, secondFactorsOf } from '../accounts/second-factors.js';
import type { Guessing, LimitedCall } from '../guessing/guessing.js';
import { usernameKey } from '../names/username.js';
import type { PasswordHashing } from '../passwords/password-hashing.js';
import { knownDevice } from '../sessions/known-devices.js';
import type { AdmitLogin, SessionTokens } from './admit-login.js';
import type { MfaTickets } from './mfa-tickets.js';

export interface LoginRequest {
  /** Proven. */
  readonly client: ClientRow;
  readonly username: string;
  readonly password: string;
  /** Empty: the caller names no device. */
  readonly deviceId: string;
  /** Thumbprint of the key that the tokens are to be bound to; empty: none. */
  readonly jkt: string;
  /** Where the caller is. */
  readonly address: string;
}

export type LoginOutcome =
  | { readonly kind: 'session'; readonly tokens: SessionTokens }
  | {
      readonly kind: 'second_factor';
      readonly mfaToken: string;
      readonly methods: readonly SecondFactor[];
    };

/** Logs a person in by name and password: to a session, or to the second step. */
export class LogIn {
  constructor(
    private readonly accounts: AccountLedger,
    private readonly hashing: PasswordHashing,
    private readonly rehashing: RehashPassword,
    private readonly guessing: Guessing,
    private readonly admitting: AdmitLogin,
    private readonly mfaTickets: MfaTickets,
  ) {}

  /**
   * An unknown name and a wrong password take the same time and get the same answer. Errors:
   * `invalid_login`, `rate_limited`, `limiter_unavailable`, `overloaded`.
   */
  async logIn(request: LoginRequest): Promise<LoginOutcome> {
    const { appId } = request.client;
    const nameKey = usernameKey(request.username);
    const found = await this.accounts.find(appId, `username:${nameKey}`);
    const tries = await this.#count(request, nameKey, found);
    const isRight = await tries.judge(() => this.#isRight(request.password, found?.record));
    if (!isRight) throw wrong();
    if (found?.record.status !== 'active') throw wrong();
    await tries.succeeded();
    return this.#goOn(request, found);
  }

  /** A device that the account knows has a count of its own, so that a flood shuts nobody out. */
  #count(
    { client, deviceId, address }: LoginRequest,
    nameKey: string,
    found: AccountEntry | undefined,
  ): Promise<LimitedCall> {
    const device = found === undefined ? '' : knownDevice(found.record, found.accountId, deviceId);
    return this.guessing.login({ appId: client.appId, nameKey, address, knownDevice: device });
  }

  #isRight(password: string, account: AccountRecord | undefined): Promise<boolean> {
    return account === undefined
      ? this.hashing.verifyNothing(password)
      : this.hashing.verify(account.passwordHash, password);
  }

  async #goOn(request: LoginRequest, { accountId, record }: AccountEntry): Promise<LoginOutcome> {
    const { client, deviceId, jkt, password } = request;
    const account = { appId: client.appId, accountId };
    const { credentials } = record;
    await this.rehashing.ifOutdated(account, record, password);
    const methods = secondFactorsOf(record);
    if (methods.length > 0) {
      const login = { clientId: client.id, deviceId, jkt, credentials };
      return {
        kind: 'second_factor',
        mfaToken: await this.mfaTickets.issue(account, login),
        methods,
      };
    }
    const tokens = await this.admitting.admit({
      account,
      credentials,
      request: { clientId: client.id, deviceId, jkt, proof: BY_PASSWORD },
    });
    return { kind: 'session', tokens };
  }
}

function wrong(): BrokerError {
  return new BrokerError('invalid_login', 'the login is wrong');
}
