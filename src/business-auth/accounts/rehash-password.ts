import { BrokerError } from '../../common/errors.js';
import type { GroupCommit } from '../../ledger/group-commit.js';
import type { AccountRecord, AccountRef } from '../../ports/account-record.js';
import type { PasswordHashing } from '../passwords/password-hashing.js';

/** Brings the hashes of passwords to the parameters of today, one by one as their owners log in. */
export class RehashPassword {
  constructor(
    private readonly commits: GroupCommit,
    private readonly hashing: PasswordHashing,
  ) {}

  /**
   * Hashes a password that was right anew, if it has to be; it stays the same password, so what was
   * proven by it stays good. Where too many wait it is left to the next login.
   */
  async ifOutdated(
    { appId, accountId }: AccountRef,
    { passwordHash }: AccountRecord,
    password: string,
  ): Promise<void> {
    if (!this.hashing.isOutdated(passwordHash)) return;
    const anew = await this.hashing.hash(password).catch(unlessOverloaded);
    if (anew === undefined) return;
    await this.commits.submit({
      appId,
      accountIds: [accountId],
      userIds: [],
      decide: (draft) => {
        const current = draft.account(accountId);
        if (current?.passwordHash !== passwordHash) return;
        const version = current.version + 1;
        draft.putAccount(accountId, { ...current, version, passwordHash: anew });
      },
    });
  }
}

function unlessOverloaded(error: unknown): undefined {
  if (error instanceof BrokerError && error.code === 'overloaded') return undefined;
  throw error;
}
