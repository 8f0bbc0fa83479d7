import { type Entropy, newId } from '../../common/ids.js';
import { endBornSessions } from '../../denylist/end-born-sessions.js';
import type { UserDraft } from '../../ledger/user-draft.js';
import type { AccountRecord, BusinessSession } from '../../ports/account-record.js';

/** Why sessions end, for the audit record. */
export interface EndingOrder {
  /** A stable word, as `session.ended`. */
  readonly type: string;
  readonly security?: true;
  /** Who orders it: an account id, `cli`; empty: nobody, it follows from what happened. */
  readonly actor: string;
  readonly detail?: Readonly<Record<string, string | number | boolean>>;
}

/**
 * The account without those of its sessions, in a transaction that holds the account and its IM
 * user: the IM sessions born from them end in it, too, and it goes on record. Nothing is staged of
 * the account itself: the caller puts what it returns.
 */
export function withoutSessions(
  draft: UserDraft,
  accountId: string,
  account: AccountRecord,
  ends: (session: BusinessSession) => boolean,
  order: EndingOrder,
  entropy: Entropy,
): AccountRecord {
  const ended = account.sessions.filter(ends);
  const born = endBornSessions(draft, accountId, new Set(ended.map(({ id }) => id)));
  draft.audit({
    id: newId(entropy, 'evt'),
    type: order.type,
    security: order.security ?? false,
    actor: order.actor,
    subject: accountId,
    detail: { ...order.detail, sessions: ended.length, imSessions: born },
  });
  return {
    ...account,
    version: account.version + 1,
    sessions: account.sessions.filter((session) => !ends(session)),
  };
}
