import { rewrapSecret } from '../../keys/sealed-secret.js';
import type { ControlView } from '../../ledger/control-view.js';
import type { GroupCommit } from '../../ledger/group-commit.js';
import type { AccountEntry, AccountLedger } from '../../ports/account-ledger.port.js';
import type { MasterKey } from '../../ports/master-key.port.js';
import { totpContext } from './check-code.js';

/** Accounts that are held at once. */
const PAGE = 200;
/** Rounds for one account: each but the first is due to a change of its secret meanwhile. */
const MAX_ROUNDS = 5;
/** Accounts that an error names. */
const MAX_NAMED = 10;

/** What became of a secret. */
type End = 'wrapped' | 'removed' | 'other_key';

/**
 * Wraps the data keys of all TOTP secrets by the current master key, so that the previous one is
 * needed no more. The secrets are not opened, and whoever logs in meanwhile notices nothing.
 */
export class RewrapTotp {
  constructor(
    private readonly accounts: AccountLedger,
    private readonly control: ControlView,
    private readonly commits: GroupCommit,
    private readonly masterKey: MasterKey,
  ) {}

  /**
   * Returns how many secrets it wrapped anew. Doing so again does no harm. Throws
   * when it is through with the others, where secrets are under neither of the two master keys.
   */
  async rewrap(): Promise<number> {
    let wrapped = 0;
    const failed: string[] = [];
    for (const { id: appId } of this.control.apps) {
      for await (const page of this.#pagesOf(appId)) {
        // All at once, so that they share transactions.
        const ends = await Promise.all(page.map((entry) => this.#rewrapOne(appId, entry)));
        for (const [index, end] of ends.entries()) {
          if (end === 'wrapped') wrapped += 1;
          else if (end === 'other_key') failed.push(page[index]?.accountId ?? '');
        }
      }
    }
    if (failed.length > 0) {
      const named = failed.slice(0, MAX_NAMED).join(', ');
      throw new Error(
        `The TOTP secrets of ${failed.length} accounts can't be opened with the master keys held here; ${wrapped} were wrapped anew. Accounts: ${named}.`,
      );
    }
    return wrapped;
  }

  /** Those accounts that have a secret. */
  async *#pagesOf(appId: string): AsyncGenerator<readonly AccountEntry[]> {
    let after = '';
    for (;;) {
      const page = await this.accounts.page(appId, after, PAGE);
      const last = page.at(-1);
      if (last === undefined) return;
      yield page.filter(({ record }) => record.totp !== null);
      after = last.accountId;
    }
  }

  async #rewrapOne(appId: string, { accountId, record }: AccountEntry): Promise<End> {
    const context = totpContext({ appId, accountId });
    let seen = record.totp?.sealed;
    for (let round = 0; round < MAX_ROUNDS; round += 1) {
      if (seen === undefined) return 'removed';
      let sealed: string;
      try {
        sealed = await rewrapSecret(seen, context, this.masterKey);
      } catch {
        return 'other_key';
      }
      const current = await this.#replace(appId, accountId, seen, sealed);
      if (current === seen) return 'wrapped';
      seen = current;
    }
    throw new Error(`The TOTP secret of ${accountId} changed again and again; try once more.`);
  }

  /** Replaces `seen`, if the account still has that; returns what it had. */
  async #replace(
    appId: string,
    accountId: string,
    seen: string,
    sealed: string,
  ): Promise<string | undefined> {
    const { result } = await this.commits.submit({
      appId,
      accountIds: [accountId],
      userIds: [],
      decide: (draft) => {
        const current = draft.account(accountId);
        if (current?.totp?.sealed === seen) {
          const totp = { ...current.totp, sealed };
          draft.putAccount(accountId, { ...current, version: current.version + 1, totp });
        }
        return current?.totp?.sealed;
      },
    });
    return result;
  }
}
