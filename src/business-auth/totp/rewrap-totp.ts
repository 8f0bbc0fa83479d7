import { rewrapSecret } from '../../keys/sealed-secret.js';
import type { ControlView } from '../../ledger/control-view.js';
import type { GroupCommit } from '../../ledger/group-commit.js';
import type { AccountEntry, AccountLedger } from '../../ports/account-ledger.port.js';
import type { MasterKey } from '../../ports/master-key.port.js';
import { totpContext } from './check-code.js';

/** Accounts that are read, and changed, at once. */
const PAGE = 200;

/** Wraps the data keys of all TOTP secrets by the current master key. */
export class RewrapTotp {
  constructor(
    private readonly accounts: AccountLedger,
    private readonly control: ControlView,
    private readonly commits: GroupCommit,
    private readonly masterKey: MasterKey,
  ) {}

  /**
   * Returns how many it wrapped. Doing it again does no harm. Throws where a secret was sealed
   * under a master key that is neither the current nor the previous one.
   */
  async rewrap(): Promise<number> {
    let wrapped = 0;
    for (const { id: appId } of this.control.apps) {
      for (let after = ''; ;) {
        const page = await this.accounts.page(appId, after, PAGE);
        const last = page.at(-1);
        if (last === undefined) break;
        after = last.accountId;
        const done = await Promise.all(page.map((entry) => this.#ofAccount(appId, entry)));
        wrapped += done.filter(Boolean).length;
      }
    }
    return wrapped;
  }

  async #ofAccount(appId: string, { accountId, record }: AccountEntry): Promise<boolean> {
    const before = record.totp?.sealed;
    if (before === undefined) return false;
    const sealed = await rewrapSecret(before, totpContext({ appId, accountId }), this.masterKey);
    await this.commits.submit({
      appId,
      accountIds: [accountId],
      userIds: [],
      decide: (draft) => {
        const current = draft.account(accountId);
        // One that was offered meanwhile is wrapped by the current key already.
        if (current?.totp?.sealed !== before) return;
        const totp = { ...current.totp, sealed };
        draft.putAccount(accountId, { ...current, version: current.version + 1, totp });
      },
    });
    return true;
  }
}
