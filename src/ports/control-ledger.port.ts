import type { AuditEvent } from './account-record.js';
import type { Restoration, Revocation } from './revocation.js';

/** A business system. */
export interface AppRow {
  readonly id: string;
  readonly name: string;
  /** Raised by every app-wide revocation; sessions remember the one they were admitted in. */
  readonly epoch: number;
  /** Its app-wide revocations that were not taken back. */
  readonly revokedEpochs: readonly RevokedEpochs[];
  readonly settings: AppSettings;
  /** Unix seconds of the ledger's clock. */
  readonly createdAt: number;
}

/** An app-wide revocation: sessions admitted in an epoch up to this one are ended. */
export interface RevokedEpochs {
  readonly revocationId: string;
  readonly upTo: number;
}

/** Sessions of an app admitted in an epoch up to this one are revoked; -1: none. */
export function revokedEpochOf({ revokedEpochs }: Pick<AppRow, 'revokedEpochs'>): number {
  return revokedEpochs.reduce((highest, { upTo }) => Math.max(highest, upTo), -1);
}

/** What an app may settle for itself; what is absent is as configured for all. */
export interface AppSettings {
  readonly adminUserIds?: readonly string[];
  readonly userTtlSeconds?: number;
  readonly roleTtlSeconds?: Readonly<Record<string, number>>;
  readonly multiLoginPolicy?: 0 | 1 | 4 | 5;
  readonly maxNumOneEnd?: number;
  readonly algorithm?: 'ES256' | 'HS256';
}

/** One secret of an app; never the secret itself. */
export interface SecretRow {
  readonly id: string;
  readonly appId: string;
  /** SHA-256, base64url. */
  readonly hash: string;
  /** Scopes that its admin tokens may have. */
  readonly scopes: readonly string[];
  /** `configured`: from the settings; `issued`: made by us. */
  readonly origin: 'configured' | 'issued';
  readonly createdAt: number;
  readonly withdrawnAt: number | null;
}

export type KeyAlgorithm = 'ES256' | 'HS256';

/** One signing key. Dates are Unix seconds of the ledger's clock. */
export interface KeyRow {
  /** The `kid`. */
  readonly id: string;
  /** Which ring it belongs to: `shared`, or `app:<id>` for an app's own HS256 keys. */
  readonly ring: string;
  readonly algorithm: KeyAlgorithm;
  readonly publishedAt: number;
  /** When it began to sign; null while it is upcoming. */
  readonly activatedAt: number | null;
  /** When it ceased to sign; null until then. */
  readonly retiredAt: number | null;
  readonly revokedAt: number | null;
  /** Who revoked it, and why; null until then. */
  readonly revokedBy: string | null;
  readonly revokedReason: string | null;
  /** When the last token that it may have signed had expired for everybody; null until then. */
  readonly removedAt: number | null;
  /**
   * No token that it signed expires later: whoever wants to sign one that does raises this first.
   * It is never lowered.
   */
  readonly signsUntil: number;
  /** Public JWK as JSON, kept for ever; empty for HS256. */
  readonly publicJwk: string;
  /**
   * Private part (PKCS#8 DER, or the HS256 secret), sealed; see `keys/sealed-key.ts`. Empty once
   * nothing is signed or verified with it any more.
   */
  readonly sealedPrivate: string;
}

/** A program that people log in with (RFC 6749 §2.1). Times are Unix seconds. */
export interface ClientRow {
  /** Unique among all apps: who starts without a token names nothing but its client. */
  readonly id: string;
  readonly appId: string;
  readonly name: string;
  /** A confidential one proves itself with a secret. */
  readonly type: 'public' | 'confidential';
  /** Hashes (SHA-256, base64url) of its valid secrets, the newest first: two at most. */
  readonly secretHashes: readonly string[];
  /** Whether its tokens must be bound to a key of its own (RFC 9449). */
  readonly requiresDpop: boolean;
  readonly createdAt: number;
  /** Null while it may be used. */
  readonly removedAt: number | null;
}

/** A login that is not ours and that an app trusts: an OpenID provider. Times are Unix seconds. */
export interface TrustedIssuerRow {
  readonly id: string;
  readonly appId: string;
  /** Short, unique within the app: it goes in front of the user ids that it names. */
  readonly name: string;
  /** The `iss` of its tokens, to the letter. */
  readonly issuer: string;
  readonly jwksUrl: string;
  /** The `aud` that its tokens must hold. */
  readonly audience: string;
  /** The claim that says who it is; `sub` where nothing else was wanted. */
  readonly userIdClaim: string;
  /** How an IM user id is made of that: `{name}` and `{id}` stand for issuer's name and claim. */
  readonly userIdTemplate: string;
  readonly createdAt: number;
  /** Null while it is trusted. */
  readonly removedAt: number | null;
}

/** Everything that concerns more than one user; small enough to be held whole by every broker. */
export interface ControlState {
  readonly apps: readonly AppRow[];
  readonly secrets: readonly SecretRow[];
  /** Every issuer that a broker of this ledger signed with. */
  readonly issuers: readonly string[];
  readonly keys: readonly KeyRow[];
  /** Removed ones too. */
  readonly clients: readonly ClientRow[];
  /** Removed ones too. */
  readonly trustedIssuers: readonly TrustedIssuerRow[];
}

export interface ControlReading {
  readonly incarnation: number;
  readonly position: number;
  readonly state: ControlState;
}

/** Rows to insert or, where the id exists, to replace. */
export interface ControlWrites {
  readonly apps?: readonly AppRow[];
  readonly secrets?: readonly SecretRow[];
  readonly issuers?: readonly string[];
  readonly keys?: readonly KeyRow[];
  readonly clients?: readonly ClientRow[];
  readonly trustedIssuers?: readonly TrustedIssuerRow[];
  /** Events that tell of the change. */
  readonly audit?: readonly AuditEvent[];
  /** App-wide ones. */
  readonly revocations?: readonly (Revocation & { readonly appId: string })[];
  /** How app-wide revocations were taken back, by their ids. */
  readonly restorations?: ReadonlyMap<string, Restoration>;
  /**
   * Opens another incarnation, of this number or the next one after the present: every copy made
   * before is disbelieved. The feed begins anew.
   */
  readonly incarnation?: number;
}

/**
 * The control part of the ledger: apps, secrets, issuers, keys, clients and trusted issuers.
 *
 * Failure: throws `BrokerError('ledger_unavailable')` when the ledger can't be asked.
 */
export abstract class ControlLedger {
  /** All of it, as it is now. */
  abstract read(): Promise<ControlReading>;

  /**
   * One transaction under the one lock of the control part: reads the whole, lets `decide` decide
   * (pure, synchronous, may throw to abandon), writes what it returns and one row of the feed that
   * says that the control part changed. Writing nothing appends nothing.
   */
  abstract change<T>(
    decide: (state: ControlState, nowMs: number) => { writes: ControlWrites; result: T },
  ): Promise<T>;
}
