import { BrokerError } from '../../common/errors.js';
import { type Entropy, newId } from '../../common/ids.js';
import type { GroupCommit } from '../../ledger/group-commit.js';
import type { UserDraft } from '../../ledger/user-draft.js';
import type { AccountEntry, AccountLedger } from '../../ports/account-ledger.port.js';
import type { AccountRecord, AccountRef } from '../../ports/account-record.js';
import { usernameKey } from '../names/username.js';
import { withoutSessions } from '../sessions/end-sessions.js';

/** What an operator does to accounts. */
export class ManageAccounts {
  constructor(
    private readonly accounts: AccountLedger,
    private readonly commits: GroupCommit,
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
