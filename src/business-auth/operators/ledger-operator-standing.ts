import { OperatorStanding } from '../../contracts/operator-standing.js';
import type { AccountReader } from '../../ledger/account-reader.js';
import type { ControlView } from '../../ledger/control-view.js';
import { workingBusinessSession } from '../../ports/account-record.js';
import type { LedgerClock } from '../ledger-clock.js';

/** Asks the ledger each time: what persons do as operators is little, and must end at once. */
export class LedgerOperatorStanding extends OperatorStanding {
  constructor(
    private readonly accounts: AccountReader,
    private readonly control: ControlView,
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
    if (session === undefined || this.control.isClientRemoved(session.clientId)) return undefined;
    return record?.scopes;
  }
}
