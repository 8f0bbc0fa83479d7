import { hashSecret } from '../../common/constant-time.js';
import { type Entropy, newId } from '../../common/ids.js';
import { endBornSessions } from '../../denylist/end-born-sessions.js';
import type { UserDraft } from '../../ledger/user-draft.js';
import type { AccountRecord, BusinessSession } from '../../ports/account-record.js';
import type { Proof } from '../assurance.js';
import { newFamily, newRefreshToken, refreshTokenHash } from '../refresh/refresh-token.js';

export interface SessionRequest {
  readonly clientId: string;
  /** Empty: the caller names no device. */
  readonly deviceId: string;
  /** JWK thumbprint that its tokens are to be bound to; empty: none. */
  readonly jkt: string;
  readonly proof: Proof;
}

export interface OpenedSession {
  readonly session: BusinessSession;
  readonly refreshToken: string;
}

export interface SessionBounds {
  readonly refreshTtlSeconds: number;
  readonly sessionsMax: number;
}

const KNOWN_DEVICES = 20;

/** How a device is remembered, so that the record names none. */
export function deviceHash(accountId: string, deviceId: string): string {
  return hashSecret(`${accountId} ${deviceId}`);
}

/**
 * Opens a session of an account in a transaction that holds the account and its IM user. Beyond
 * the bound the session that was unused for longest ends, and what was born from it. Sessions that
 * have expired are dropped.
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
  const { clientId, deviceId, jkt, proof } = request;
  const session: BusinessSession = {
    ...{ id, clientId, deviceId, jkt },
    startedAt: now,
    lastUsedAt: now,
    expiresAt: now + bounds.refreshTtlSeconds,
    authTime: now,
    acr: proof.acr,
    amr: proof.amr,
    refresh: { family, current: refreshTokenHash(refreshToken), spent: [] },
  };
  const live = account.sessions.filter(({ expiresAt }) => expiresAt > now);
  const byUse = live.toSorted((a, b) => b.lastUsedAt - a.lastUsedAt);
  const ended = new Set(byUse.slice(bounds.sessionsMax - 1).map((other) => other.id));
  draft.putAccount(accountId, {
    ...account,
    version: account.version + 1,
    sessions: [session, ...live.filter((other) => !ended.has(other.id))],
    knownDevices: withDevice(account.knownDevices, accountId, deviceId),
  });
  if (ended.size > 0) endBornSessions(draft, accountId, ended);
  return { session, refreshToken };
}

function withDevice(known: readonly string[], accountId: string, deviceId: string) {
  if (deviceId === '') return known;
  const device = deviceHash(accountId, deviceId);
  return [device, ...known.filter((other) => other !== device)].slice(0, KNOWN_DEVICES);
}
