import type { Generated } from 'kysely';

/** Tables of the ledger. Times are Unix seconds, JSON columns are text, ids compare byte by byte. */
export interface LedgerSchema {
  ledger_meta: MetaTable;
  apps: AppTable;
  app_secrets: SecretTable;
  issuers: { url: string };
  signing_keys: KeyTable;
  im_users: UserTable;
  ended_sessions: EndedSessionTable;
  revocations: RevocationTable;
  idempotency_keys: IdempotencyTable;
  feed: FeedTable;
  clients: ClientTable;
  trusted_issuers: TrustedIssuerTable;
  business_accounts: AccountTable;
  business_names: AccountNameTable;
  business_tickets: TicketTable;
  audit_events: AuditEventTable;
}

export interface MetaTable {
  /** Always 1: the row is the lock of the control part. */
  id: number;
  incarnation: number;
}

export interface AppTable {
  id: string;
  name: string;
  epoch: number;
  /** Derived from `revoked_epochs`: the highest; -1: none. */
  revoked_epoch: number;
  /** JSON: `[[revocation id, epoch], …]`. */
  revoked_epochs: string;
  settings: string;
  created_at: number;
}

export interface SecretTable {
  id: string;
  app_id: string;
  hash: string;
  /** Space-separated. */
  scopes: string;
  origin: 'configured' | 'issued';
  created_at: number;
  withdrawn_at: number | null;
}

export interface KeyTable {
  id: string;
  ring: string;
  algorithm: 'ES256' | 'HS256';
  published_at: number;
  activated_at: number | null;
  retired_at: number | null;
  revoked_at: number | null;
  revoked_by: string | null;
  revoked_reason: string | null;
  removed_at: number | null;
  signs_until: number;
  public_jwk: string;
  sealed_private: string;
}

export interface UserTable {
  app_id: string;
  user_id: string;
  /** See `userTag`: leads from a session id to its user. */
  tag: string;
  version: number;
  status: 'active' | 'suspended';
  role: string;
  /** See `user-row.ts`. */
  sessions: string;
  ended: string;
  nickname: string;
  face_url: string;
  ex: string;
  created_at: number;
}

export interface EndedSessionTable {
  session_id: string;
  app_id: string;
  user_id: string;
  session: string;
  cause: 'kicked' | 'replaced' | 'business_session_ended';
  ended_by: string;
  ended_at: number;
  expires_at: number;
}

export interface RevocationTable {
  id: string;
  app_id: string;
  /** Empty: the whole app. */
  user_id: string;
  /** JSON. */
  target: string;
  boundary: number;
  reason: string;
  created_at: number;
  created_by: string;
  expires_at: number;
  /** Null until it has been counted, for a whole app. */
  affected_sessions: number | null;
  /** The rest is null until it was taken back. */
  restored_at: number | null;
  restored_by: string | null;
  restored_reason: string | null;
  restored_sessions: number | null;
}

export interface IdempotencyTable {
  app_id: string;
  key: string;
  user_id: string;
  request_hash: string;
  outcome: string;
  created_at: number;
}

export interface FeedTable {
  /** PostgreSQL: the transaction's xid8. SQLite: a number that only grows. */
  position: Generated<number>;
  /** Names the transaction to the broker that ran it, should the answer to its commit be lost. */
  batch: string;
  app_id: string;
  /** JSON: `[[userId, version], …]`. */
  users: string;
  /** 1 when the control part changed. */
  control: number;
  /** Unix milliseconds. */
  at: Generated<number>;
}

export interface ClientTable {
  id: string;
  app_id: string;
  name: string;
  type: 'public' | 'confidential';
  /** JSON: a list. */
  secret_hashes: string;
  requires_dpop: 0 | 1;
  created_at: number;
  removed_at: number | null;
}

export interface TrustedIssuerTable {
  id: string;
  app_id: string;
  name: string;
  issuer: string;
  jwks_url: string;
  audience: string;
  user_id_claim: string;
  user_id_template: string;
  created_at: number;
  removed_at: number | null;
}

export interface AccountTable {
  app_id: string;
  account_id: string;
  version: number;
  /** The address as it is compared; empty: none. Derived from the record. */
  email_key: string;
  /** JSON. */
  record: string;
}

export interface AccountNameTable {
  app_id: string;
  name: string;
  account_id: string;
}

export interface TicketTable {
  token_hash: string;
  /** Empty: not known yet. */
  account_id: string;
  app_id: string;
  kind: string;
  payload: string;
  tries: number;
  expires_at: number;
}

export interface AuditEventTable {
  id: string;
  app_id: string;
  at: number;
  type: string;
  security: 0 | 1;
  actor: string;
  subject: string;
  /** JSON. */
  detail: string;
}
