import type { AccountRecord, BusinessSession } from '../../src/ports/account-record.js';
import type { BusinessWrites, UserWrites } from '../../src/ports/user-ledger.port.js';
import { writesOf } from './user-records.js';

/** An account that nobody has logged in to, but for what is given. */
export function accountRecord(parts: Partial<AccountRecord> = {}): AccountRecord {
  return {
    version: 1,
    status: 'active',
    username: 'Alice',
    email: '',
    emailKey: '',
    phone: '',
    createdAt: 1_800_000_000,
    passwordHash: '$argon2id$v=19$m=8192,t=1,p=1$c2FsdHNhbHQ$aGFzaA',
    credentials: 1,
    totp: null,
    recoveryCodes: [],
    passkeys: [],
    scopes: [],
    knownDevices: [],
    sessions: [],
    ...parts,
  };
}

export function businessSession(parts: Partial<BusinessSession> = {}): BusinessSession {
  return {
    id: 'bs_1',
    clientId: 'web',
    deviceId: '',
    startedAt: 1_800_000_000,
    lastUsedAt: 1_800_000_000,
    expiresAt: 1_802_592_000,
    authTime: 1_800_000_000,
    acr: 'urn:countersign:acr:single',
    amr: ['pwd'],
    jkt: '',
    refresh: { family: 'family', current: 'hash', spent: [] },
    ...parts,
  };
}

/** Writes of the business tier, and nothing else. */
export function businessWritesOf(parts: Partial<BusinessWrites>): UserWrites {
  const none = { accounts: [], names: new Map(), droppedNames: [], audit: [] };
  return writesOf({ business: { ...none, ...parts } });
}
