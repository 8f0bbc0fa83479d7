import { BrokerError } from '../../common/errors.js';
import type { UserDraft } from '../../ledger/user-draft.js';
import {
  type AccountRecord,
  type BusinessSession,
  workingBusinessSession,
} from '../../ports/account-record.js';
import type { BusinessCaller } from './business-caller.js';

export interface Standing {
  readonly account: AccountRecord;
  readonly session: BusinessSession;
}

/**
 * Asks again, under the lock of the caller's account, what their access token showed a moment ago:
 * that their session works, and that neither password nor second factors have changed since. So
 * nothing that a caller began outlives what has ended them meanwhile. Every transaction by which a
 * caller changes what proves them begins with it; to end sessions needs none. Throws `token_business_session_ended`, `invalid_login`.
 */
export function requireStanding(draft: UserDraft, caller: BusinessCaller): Standing {
  const account = draft.account(caller.account.accountId);
  const session = workingBusinessSession(account, caller.session.id, draft.now);
  if (account === undefined || session === undefined) {
    throw new BrokerError('token_business_session_ended', 'the business session has ended');
  }
  if (account.credentials !== caller.record.credentials) {
    throw new BrokerError('invalid_login', 'the account has changed meanwhile');
  }
  return { account, session };
}
