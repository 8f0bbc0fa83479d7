import { type Entropy } from '../../common/ids.js';
import type { UserDraft } from '../../ledger/user-draft.js';
import type { AccountRecord } from '../../ports/account-record.js';
import { type EndingOrder, withoutSessions } from '../sessions/end-sessions.js';

/**
 * The account with another password, in a transaction that holds it and its IM user. All of its
 * sessions end, and what was born from them; whatever was proven under the old one is worthless.
 */
export function withPassword(
  draft: UserDraft,
  accountId: string,
  account: AccountRecord,
  passwordHash: string,
  order: EndingOrder,
  entropy: Entropy,
): AccountRecord {
  return {
    ...withoutSessions(draft, accountId, account, () => true, order, entropy),
    passwordHash,
    credentials: account.credentials + 1,
  };
}
