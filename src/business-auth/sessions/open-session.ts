import { type Entropy, newId } from '../../common/ids.js';
import { endBornSessions } from '../../denylist/end-born-sessions.js';
import type { UserDraft } from '../../ledger/user-draft.js';
import type { AccountRecord, BusinessSession } from '../../ports/account-record.js';
import type { Proof } from '../assurance.js';
import { withoutSessions } from './end-sessions.js';
import { withDevice } from './known-devices.js';
import { newFamily, newRefreshToken, refreshTokenHash } from '../refresh/refresh-token.js';

export interface SessionRequest {
  readonly clientId: string;
  /** Empty: the caller names no device. */
  readonly deviceId: string;
  /** JWK thumbprint that its tokens are to be bound to; empty: none. */
  readonly jkt: string;
  readonly proof: Proof;
  /** When the proof was given, Unix seconds; absent: just now. */
  readonly authTime?: number;
}

export interface OpenedSession {
  readonly session: BusinessSession;
  readonly refreshToken: string;
}

export interface SessionBounds {
  readonly refreshTtlSeconds: number;
  readonly sessionsMax: number;
}

/**
 * Opens a session of an account in a transaction that holds the account and its IM user. Sessions
 * that have expired are dropped, and beyond the bound the one that was unused for longest. What was
 * born from either ends with it: once the record has forgotten a session, nothing that ends the
 * account's sessions could reach it. It goes on record.
 */
export function openSession(
  draft: UserDraft,
  accountId: string,
  account: AccountRecord,
  request: SessionRequest,
  bounds: SessionBounds,
  entropy: Entropy,
): OpenedSession {
  const { now } = draft;
  const id = newId(entropy, 'bs');
  const family = newFamily(entropy);
  const refreshToken = newRefreshToken(entropy, { accountId, sessionId: id, family });
  const { clientId, deviceId, jkt, proof, authTime = now } = request;
  const session: BusinessSession = {
    ...{ id, clientId, deviceId, jkt },
    startedAt: now,
    lastUsedAt: now,
    expiresAt: now + bounds.refreshTtlSeconds,
    authTime,
    acr: proof.acr,
    amr: proof.amr,
    refresh: { family, current: refreshTokenHash(refreshToken), spent: [] },
  };
  const live = account.sessions.filter(({ expiresAt }) => expiresAt > now);
  const byUse = live.toSorted((a, b) => b.lastUsedAt - a.lastUsedAt);
  const kept = new Set(byUse.slice(0, bounds.sessionsMax - 1));
  const expired = account.sessions.filter(({ expiresAt }) => expiresAt <= now);
  endBornSessions(draft, accountId, new Set(expired.map((other) => other.id)));
  const isBeyond = (other: BusinessSession) => live.includes(other) && !kept.has(other);
  const order = { type: 'session.evicted', actor: accountId, detail: { by: id } };
  const bounded = live.some(isBeyond)
    ? withoutSessions(draft, accountId, account, isBeyond, order, entropy)
    : account;
  draft.putAccount(accountId, {
    ...bounded,
    version: account.version + 1,
    sessions: [session, ...account.sessions.filter((other) => kept.has(other))],
    knownDevices: withDevice(account.knownDevices, accountId, deviceId),
  });
  draft.audit({
    id: newId(entropy, 'evt'),
    type: 'session.opened',
    security: false,
    actor: accountId,
    subject: accountId,
    detail: { sessionId: id, clientId, acr: proof.acr, amr: proof.amr.join(' ') },
  });
  return { session, refreshToken };
}
