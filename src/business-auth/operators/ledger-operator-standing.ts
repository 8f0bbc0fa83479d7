import { OperatorStanding } from '../../contracts/operator-standing.js';
import type { AccountReader } from '../../ledger/account-reader.js';
import { workingBusinessSession } from '../../ports/account-record.js';
import type { LedgerClock } from '../ledger-clock.js';

/** Asks the ledger each time: what persons do as operators is little, and must end at once. */
export class LedgerOperatorStanding extends OperatorStanding {
  constructor(
    private readonly accounts: AccountReader,
    private readonly clock: LedgerClock,
  ) {
    super();
  }

  override async scopesOf(
    appId: string,
    accountId: string,
    sessionId: string,
  ): Promise<readonly string[] | undefined> {
    const record = await this.accounts.read({ appId, accountId });
    const session = workingBusinessSession(record, sessionId, this.clock.nowSeconds());
    return session === undefined ? undefined : record?.scopes;
  }
}
