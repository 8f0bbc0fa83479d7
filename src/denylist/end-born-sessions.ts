import type { UserDraft } from '../ledger/user-draft.js';
import type { SessionEnd } from '../ports/user-record.js';
import { keepEnds } from './keep-ends.js';

/**
 * Ends, for good, the IM sessions of a user that were born from business sessions that end: in the
 * transaction that ends those, and under the lock of their account, which an exchange takes, too.
 * So none slips through. Returns how many of them worked until now.
 */
export function endBornSessions(
  draft: UserDraft,
  userId: string,
  businessSessionIds: ReadonlySet<string>,
): number {
  const record = draft.record(userId);
  const born = (record?.sessions ?? []).filter((session) =>
    businessSessionIds.has(session.businessSessionId),
  );
  if (record === undefined || born.length === 0) return 0;
  const ends = born.map((session): SessionEnd => ({
    session,
    cause: 'business_session_ended',
    by: session.businessSessionId,
    endedAt: draft.now,
  }));
  const { kept, aside } = keepEnds(ends, record.ended, draft.now);
  draft.put(userId, {
    ...record,
    version: record.version + 1,
    sessions: record.sessions.filter(({ businessSessionId: id }) => !businessSessionIds.has(id)),
    ended: kept,
  });
  for (const end of aside) draft.putAside({ userId, ...end });
  return born.filter((session) => draft.works(session) && session.expiresAt > draft.now).length;
}
