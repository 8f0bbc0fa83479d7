import { BrokerError } from '../../common/errors.js';
import { type Entropy, newId } from '../../common/ids.js';
import type { GroupCommit } from '../../ledger/group-commit.js';
import type { UserDraft } from '../../ledger/user-draft.js';
import type { AccountEntry, AccountLedger } from '../../ports/account-ledger.port.js';
import type { AccountRecord, AccountRef } from '../../ports/account-record.js';
import { emailKey } from '../names/email.js';
import { phoneNumber } from '../names/phone.js';
import { usernameKey } from '../names/username.js';
import type { PasswordHashing } from '../passwords/password-hashing.js';
import type { PasswordPolicy } from '../passwords/password-policy.js';
import { passkeyName } from '../passkeys/passkey-name.js';
import { withoutSessions } from '../sessions/end-sessions.js';
import { withPassword } from './set-password.js';

/** Where an owner can be reached; what is absent stays what it is, what is empty is taken away. */
export interface Contact {
  readonly email?: string;
  /** E.164. */
  readonly phone?: string;
}

/** What an operator does to accounts. */
export class ManageAccounts {
  constructor(
    private readonly accounts: AccountLedger,
    private readonly commits: GroupCommit,
    private readonly hashing: PasswordHashing,
    private readonly policy: PasswordPolicy,
    private readonly entropy: Entropy,
  ) {}

  /** Throws `account_unknown`. */
  async find(appId: string, username: string): Promise<AccountEntry> {
    const found = await this.accounts.find(appId, `username:${usernameKey(username)}`);
    if (found === undefined) throw unknown();
    return found;
  }

  list(appId: string, after: string, limit: number): Promise<readonly AccountEntry[]> {
    return this.accounts.page(appId, after, limit);
  }

  /** Shuts an account: nothing of it works any more, and nobody logs in to it. */
  disable(account: AccountRef, by: string): Promise<void> {
    return this.#change(account, (draft, current) => {
      const order = { type: 'account.disabled', actor: by };
      const { accountId } = account;
      const ended = withoutSessions(draft, accountId, current, () => true, order, this.entropy);
      return { ...ended, status: 'disabled', credentials: current.credentials + 1 };
    });
  }

  enable(account: AccountRef, by: string): Promise<void> {
    return this.#change(account, (draft, current) => {
      this.#note(draft, account, 'account.enabled', by, {});
      return { ...current, version: current.version + 1, status: 'active' };
    });
  }

  /** Sets which scopes the person's admin tokens may have; none: no admin tokens. */
  grant(account: AccountRef, scopes: readonly string[], by: string): Promise<void> {
    return this.#change(account, (draft, current) => {
      this.#note(draft, account, 'account.granted', by, { scopes: scopes.join(' ') });
      return { ...current, version: current.version + 1, scopes };
    });
  }

  /**
   * Sets a password for an owner who can't recover the account; second factors stay. Every session
   * of it ends. Errors: `weak_password`.
   */
  async setPassword(account: AccountRef, password: string, by: string): Promise<void> {
    const [owner] = await this.accounts.read([account]);
    if (owner === undefined) throw unknown();
    await this.policy.judge(password, owner);
    const passwordHash = await this.hashing.hash(password);
    await this.#change(account, (draft, current) => {
      const order = { type: 'password.set', actor: by };
      const { accountId } = account;
      return withPassword(draft, accountId, current, passwordHash, order, this.entropy);
    });
  }

  /**
   * Takes every second factor away: of an owner who has lost them, or those that a thief has added.
   * Every session of the account ends.
   */
  removeSecondFactors(account: AccountRef, by: string): Promise<void> {
    return this.#change(account, (draft, current) => {
      const order = { type: 'second_factors.removed', actor: by };
      const { accountId } = account;
      const ended = withoutSessions(draft, accountId, current, () => true, order, this.entropy);
      for (const { id } of current.passkeys) draft.dropName(passkeyName(id));
      const none = { totp: null, recoveryCodes: [], passkeys: [] };
      return { ...ended, ...none, credentials: current.credentials + 1 };
    });
  }

  /** Sets where recovery codes go. A code that was sent before is no good any more. */
  setContact(account: AccountRef, { email, phone }: Contact, by: string): Promise<void> {
    return this.#change(account, (draft, current) => {
      this.#note(draft, account, 'contact.changed', by, {});
      return {
        ...current,
        version: current.version + 1,
        credentials: current.credentials + 1,
        ...(email === undefined ? {} : { email, emailKey: email === '' ? '' : emailKey(email) }),
        ...(phone === undefined ? {} : { phone: phone === '' ? '' : phoneNumber(phone) }),
      };
    });
  }

  #note(
    draft: UserDraft,
    { accountId }: AccountRef,
    type: string,
    actor: string,
    detail: Readonly<Record<string, string>>,
  ): void {
    const id = newId(this.entropy, 'evt');
    draft.audit({ id, type, security: false, actor, subject: accountId, detail });
  }

  async #change(
    { appId, accountId }: AccountRef,
    change: (draft: UserDraft, current: AccountRecord) => AccountRecord,
  ): Promise<void> {
    await this.commits.submitAndTell({
      appId,
      accountIds: [accountId],
      userIds: [accountId],
      decide: (draft) => {
        const current = draft.account(accountId);
        if (current === undefined) throw unknown();
        draft.putAccount(accountId, change(draft, current));
      },
    });
  }
}

function unknown(): BrokerError {
  return new BrokerError('account_unknown', 'there is no such account');
}
