/** A business account of an app. */
export interface AccountRef {
  readonly appId: string;
  readonly accountId: string;
}

/**
 * All that is decided about one business account, kept in one row: whoever holds the row's lock
 * decides alone. Bounded: sessions, devices, codes and passkeys each have their most.
 *
 * Times are Unix seconds of the ledger's clock.
 */
export interface AccountRecord {
  /** Raised by every change. 0 before the first. */
  readonly version: number;
  readonly status: 'active' | 'disabled';
  /** As its owner writes it; unique by its key (see `names`). */
  readonly username: string;
  /** Empty: none. */
  readonly email: string;
  /** The address as it is compared; empty: none. Several accounts may have the same. */
  readonly emailKey: string;
  /** E.164; empty: none. */
  readonly phone: string;
  readonly createdAt: number;
  /** Argon2id, in the PHC string format. */
  readonly passwordHash: string;
  /**
   * Raised by whatever makes proofs given before worthless: another password, another second
   * factor, disabling. A login that was proven under an older one is not admitted.
   */
  readonly credentials: number;
  /** Null: no authenticator app. */
  readonly totp: Totp | null;
  /** SHA-256 hashes of the recovery codes that have not been used. */
  readonly recoveryCodes: readonly string[];
  readonly passkeys: readonly Passkey[];
  /** Scopes that the person's admin tokens may have. */
  readonly scopes: readonly string[];
  /** SHA-256 hashes of the devices that have logged in, the last one first. */
  readonly knownDevices: readonly string[];
  /** Newest first. */
  readonly sessions: readonly BusinessSession[];
}

/** An authenticator app (RFC 6238). */
export interface Totp {
  /** Its secret, sealed (`keys/sealed-secret.ts`). */
  readonly sealed: string;
  /** Null: enrolled and not confirmed yet, so it counts for nothing. */
  readonly confirmedAt: number | null;
  /** The last time step of which a code was taken: no code of it or of one before is taken again. */
  readonly lastStep: number;
}

/** A passkey (WebAuthn credential). */
export interface Passkey {
  /** Credential id, base64url. */
  readonly id: string;
  /** COSE key, base64url. */
  readonly publicKey: string;
  readonly counter: number;
  readonly transports: readonly string[];
  /** What its owner calls it. */
  readonly name: string;
  readonly createdAt: number;
  readonly lastUsedAt: number | null;
}

/** One login of an account. */
export interface BusinessSession {
  readonly id: string;
  readonly clientId: string;
  /** The caller's name for the device; empty when it gave none. */
  readonly deviceId: string;
  readonly startedAt: number;
  /** When it was last refreshed. */
  readonly lastUsedAt: number;
  /** It lives no longer unless it is refreshed. */
  readonly expiresAt: number;
  /** When its person was last proven (OpenID Connect Core §2, `auth_time`). */
  readonly authTime: number;
  /** How strongly, then: see `business-auth/assurance.ts`. */
  readonly acr: string;
  /** How, then (RFC 8176). */
  readonly amr: readonly string[];
  /** JWK thumbprint of the key that its tokens are bound to (RFC 9449 §6.1); empty: none. */
  readonly jkt: string;
  readonly refresh: RefreshChain;
}

/** The refresh tokens of a session. Each works once. */
export interface RefreshChain {
  /** What every genuine refresh token of the chain is authenticated with, base64url. */
  readonly family: string;
  /** SHA-256 of the token that works now. */
  readonly current: string;
  /** Those spent last, newest first, while showing them again is no sign of a theft. */
  readonly spent: readonly SpentRefresh[];
}

export interface SpentRefresh {
  /** SHA-256 of the token. */
  readonly hash: string;
  /** The answer that it got, encrypted under the token itself. */
  readonly answer: string;
  /** Until when it gets it again; null: until its successor is used, and the grace after that. */
  readonly until: number | null;
}

/** How the ids of accounts begin; an account's is the id of its IM user, too. */
export const ACCOUNT_ID_PREFIX = 'usr_';

/** The session if it has not ended or expired, and its account is in use. */
export function workingBusinessSession(
  account: AccountRecord | undefined,
  sessionId: string,
  now: number,
): BusinessSession | undefined {
  if (account?.status !== 'active') return undefined;
  return account.sessions.find(({ id, expiresAt }) => id === sessionId && expiresAt > now);
}

/** A name that leads to one account, as `<kind>:<key>`; unique within the app. */
export type AccountName = `username:${string}` | `passkey:${string}`;

/** Something that happened to an account or by it, for the audit record. */
export interface AuditEvent {
  readonly id: string;
  readonly appId: string;
  /** Unix seconds of the ledger's clock. */
  readonly at: number;
  /** A stable word, as `refresh_token.reused`. */
  readonly type: string;
  /** Whether it tells of an attack. */
  readonly security: boolean;
  /** Who did it: an account id, an admin's name, `cli`; empty where it isn't known. */
  readonly actor: string;
  /** Whom or what it is about: an account id, a client id, an issuer's name. */
  readonly subject: string;
  /** Small, flat, and without secrets. */
  readonly detail: Readonly<Record<string, string | number | boolean>>;
}
