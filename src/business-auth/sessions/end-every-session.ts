import type { Entropy } from '../../common/ids.js';
import type { ControlView } from '../../ledger/control-view.js';
import type { GroupCommit } from '../../ledger/group-commit.js';
import type { AccountLedger } from '../../ports/account-ledger.port.js';
import type { TicketLedger } from '../../ports/ticket-ledger.port.js';
import { withoutSessions } from './end-sessions.js';

/** Accounts that are read, and changed, at once. */
const PAGE = 500;

/**
 * Ends every business session of every app: a ledger from a back-up has forgotten who logged out,
 * whose password was changed, which refresh tokens were spent, and which logins and recoveries were
 * finished.
 */
export class EndEverySession {
  constructor(
    private readonly accounts: AccountLedger,
    private readonly control: ControlView,
    private readonly tickets: TicketLedger,
    private readonly commits: GroupCommit,
    private readonly entropy: Entropy,
  ) {}

  /** Returns how many there were. Doing it again ends what was begun meanwhile. */
  async end(by: string): Promise<number> {
    // What was begun before, and perhaps finished since, is not finished once more.
    await this.tickets.clear();
    let ended = 0;
    for (const { id } of this.control.apps) ended += await this.#ofApp(id, by);
    return ended;
  }

  async #ofApp(appId: string, by: string): Promise<number> {
    let ended = 0;
    for (let after = ''; ;) {
      const page = await this.accounts.page(appId, after, PAGE);
      const last = page.at(-1);
      if (last === undefined) return ended;
      after = last.accountId;
      const open = page.filter(({ record }) => record.sessions.length > 0);
      const counts = open.map(({ accountId }) => this.#ofAccount(appId, accountId, by));
      for (const count of await Promise.all(counts)) ended += count;
    }
  }

  async #ofAccount(appId: string, accountId: string, by: string): Promise<number> {
    const { result } = await this.commits.submit({
      appId,
      accountIds: [accountId],
      userIds: [accountId],
      decide: (draft) => {
        const account = draft.account(accountId);
        if (account === undefined || account.sessions.length === 0) return 0;
        const order = { type: 'session.all_ended', actor: by };
        draft.putAccount(
          accountId,
          withoutSessions(draft, accountId, account, () => true, order, this.entropy),
        );
        return account.sessions.length;
      },
    });
    return result;
  }
}
