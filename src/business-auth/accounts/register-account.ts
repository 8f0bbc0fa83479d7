import { BrokerError } from '../../common/errors.js';
import { type Entropy, newId } from '../../common/ids.js';
import type { GroupCommit } from '../../ledger/group-commit.js';
import type { AccountName, AccountRecord } from '../../ports/account-record.js';
import { emailKey } from '../names/email.js';
import { phoneNumber } from '../names/phone.js';
import { usernameKey } from '../names/username.js';
import type { PasswordHashing } from '../passwords/password-hashing.js';
import type { PasswordPolicy } from '../passwords/password-policy.js';

export interface Registration {
  readonly appId: string;
  readonly username: string;
  readonly password: string;
  /** Empty: none. */
  readonly email: string;
  /** Empty: none. */
  readonly phone: string;
  /** Who registers it: `cli`, an admin; empty: its owner. */
  readonly by: string;
}

/** Registers business accounts. A name is taken once, however many ask for it at once. */
export class RegisterAccount {
  constructor(
    private readonly commits: GroupCommit,
    private readonly hashing: PasswordHashing,
    private readonly policy: PasswordPolicy,
    private readonly entropy: Entropy,
  ) {}

  /** Returns the account's id. Errors: `weak_password`, `username_taken`, `overloaded`. */
  async register(registration: Registration): Promise<string> {
    const { appId, username, password, email } = registration;
    await this.policy.judge(password, { username, email });
    const passwordHash = await this.hashing.hash(password);
    const accountId = newId(this.entropy, 'usr');
    const name: AccountName = `username:${usernameKey(username)}`;
    await this.commits.submit({
      appId,
      userIds: [],
      accountIds: [accountId],
      names: [name],
      decide: (draft) => {
        if (draft.accountNamed(name) !== undefined) {
          throw new BrokerError('username_taken', 'this username is taken');
        }
        draft.putAccount(accountId, newAccount(registration, passwordHash, draft.now));
        draft.takeName(name, accountId);
        draft.audit({
          id: newId(this.entropy, 'evt'),
          type: 'account.registered',
          security: false,
          actor: registration.by === '' ? accountId : registration.by,
          subject: accountId,
          detail: {},
        });
      },
    });
    return accountId;
  }
}

function newAccount(
  { username, email, phone }: Registration,
  passwordHash: string,
  now: number,
): AccountRecord {
  return {
    version: 1,
    status: 'active',
    username,
    email,
    emailKey: email === '' ? '' : emailKey(email),
    phone: phone === '' ? '' : phoneNumber(phone),
    createdAt: now,
    passwordHash,
    credentials: 1,
    totp: null,
    recoveryCodes: [],
    passkeys: [],
    scopes: [],
    knownDevices: [],
    sessions: [],
  };
}
