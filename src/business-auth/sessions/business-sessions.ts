import { BrokerError } from '../../common/errors.js';
import type { Entropy } from '../../common/ids.js';
import type { GroupCommit } from '../../ledger/group-commit.js';
import type { AccountRef, BusinessSession } from '../../ports/account-record.js';
import { withoutSessions } from './end-sessions.js';

/**
 * Ends business sessions. Each is one transaction in which the IM sessions born from them end, too,
 * and is answered when that is true everywhere.
 */
export class BusinessSessions {
  constructor(
    private readonly commits: GroupCommit,
    private readonly entropy: Entropy,
  ) {}

  /** Ends one. Throws `session_unknown` where the account has no such session. */
  async endOne(account: AccountRef, sessionId: string, by: string): Promise<void> {
    const isIt = ({ id }: BusinessSession) => id === sessionId;
    const ended = await this.#end(account, isIt, 'session.ended', by);
    if (ended === 0) throw new BrokerError('session_unknown', 'there is no such session');
  }

  /** Ends all. Returns how many there were. */
  endAll(account: AccountRef, by: string): Promise<number> {
    return this.#end(account, () => true, 'session.all_ended', by);
  }

  #end(
    { appId, accountId }: AccountRef,
    ends: (session: BusinessSession) => boolean,
    type: string,
    actor: string,
  ): Promise<number> {
    return this.commits.submitAndTell({
      appId,
      accountIds: [accountId],
      userIds: [accountId],
      decide: (draft) => {
        const account = draft.account(accountId);
        const ended = account?.sessions.filter(ends).length ?? 0;
        if (account === undefined || ended === 0) return 0;
        const order = { type, actor };
        draft.putAccount(
          accountId,
          withoutSessions(draft, accountId, account, ends, order, this.entropy),
        );
        return ended;
      },
    });
  }
}
