import {
  type AppRow,
  type AppSettings,
  type ClientRow,
  type ControlState,
  type KeyRow,
  revokedEpochOf,
  type SecretRow,
  type TrustedIssuerRow,
} from '../../ports/control-ledger.port.js';
import {
  type Restoration,
  type Revocation,
  type RevocationTarget,
  revokedUser,
} from '../../ports/revocation.js';
import type { Ticket, TicketKind } from '../../ports/ticket-ledger.port.js';
import type { EndedSession, IdempotencyRecord } from '../../ports/user-ledger.port.js';
import type {
  AppTable,
  ClientTable,
  EndedSessionTable,
  IdempotencyTable,
  KeyTable,
  RevocationTable,
  SecretTable,
  TicketTable,
  TrustedIssuerTable,
} from './schema.js';
import { decodeSession, encodeSession } from './user-row.js';

/** Rows of the ledger to what the ports speak of, and back. */

export function toAppTable(app: AppRow): AppTable {
  return {
    id: app.id,
    name: app.name,
    epoch: app.epoch,
    revoked_epoch: revokedEpochOf(app),
    revoked_epochs: JSON.stringify(
      app.revokedEpochs.map(({ revocationId, upTo }) => [revocationId, upTo]),
    ),
    settings: JSON.stringify(app.settings),
    created_at: app.createdAt,
  };
}

export function toSecretTable(secret: SecretRow): SecretTable {
  return {
    id: secret.id,
    app_id: secret.appId,
    hash: secret.hash,
    scopes: secret.scopes.join(' '),
    origin: secret.origin,
    created_at: secret.createdAt,
    withdrawn_at: secret.withdrawnAt,
  };
}

export function toKeyTable(key: KeyRow): KeyTable {
  return {
    id: key.id,
    ring: key.ring,
    algorithm: key.algorithm,
    published_at: key.publishedAt,
    activated_at: key.activatedAt,
    retired_at: key.retiredAt,
    revoked_at: key.revokedAt,
    revoked_by: key.revokedBy,
    revoked_reason: key.revokedReason,
    removed_at: key.removedAt,
    signs_until: key.signsUntil,
    public_jwk: key.publicJwk,
    sealed_private: key.sealedPrivate,
  };
}

export function toClientTable(client: ClientRow): ClientTable {
  return {
    id: client.id,
    app_id: client.appId,
    name: client.name,
    type: client.type,
    secret_hashes: JSON.stringify(client.secretHashes),
    requires_dpop: client.requiresDpop ? 1 : 0,
    created_at: client.createdAt,
    removed_at: client.removedAt,
  };
}

export function toTrustedIssuerTable(issuer: TrustedIssuerRow): TrustedIssuerTable {
  return {
    id: issuer.id,
    app_id: issuer.appId,
    name: issuer.name,
    issuer: issuer.issuer,
    jwks_url: issuer.jwksUrl,
    audience: issuer.audience,
    user_id_claim: issuer.userIdClaim,
    user_id_template: issuer.userIdTemplate,
    created_at: issuer.createdAt,
    removed_at: issuer.removedAt,
  };
}

/** All rows of the control part. */
export interface ControlTables {
  readonly apps: readonly AppTable[];
  readonly secrets: readonly SecretTable[];
  readonly issuers: readonly { url: string }[];
  readonly keys: readonly KeyTable[];
  readonly clients: readonly ClientTable[];
  readonly trustedIssuers: readonly TrustedIssuerTable[];
}

export function toControlState(tables: ControlTables): ControlState {
  const { apps, secrets, issuers, keys, clients, trustedIssuers } = tables;
  return {
    apps: apps.map((row) => ({
      id: row.id,
      name: row.name,
      epoch: row.epoch,
      revokedEpochs: (JSON.parse(row.revoked_epochs) as [string, number][]).map(
        ([revocationId, upTo]) => ({ revocationId, upTo }),
      ),
      settings: JSON.parse(row.settings) as AppSettings,
      createdAt: row.created_at,
    })),
    secrets: secrets.map((row) => ({
      id: row.id,
      appId: row.app_id,
      hash: row.hash,
      scopes: row.scopes.split(' ').filter((scope) => scope !== ''),
      origin: row.origin,
      createdAt: row.created_at,
      withdrawnAt: row.withdrawn_at,
    })),
    issuers: issuers.map((row) => row.url),
    keys: keys.map((row) => ({
      id: row.id,
      ring: row.ring,
      algorithm: row.algorithm,
      publishedAt: row.published_at,
      activatedAt: row.activated_at,
      retiredAt: row.retired_at,
      revokedAt: row.revoked_at,
      revokedBy: row.revoked_by,
      revokedReason: row.revoked_reason,
      removedAt: row.removed_at,
      signsUntil: row.signs_until,
      publicJwk: row.public_jwk,
      sealedPrivate: row.sealed_private,
    })),
    clients: clients.map((row) => ({
      id: row.id,
      appId: row.app_id,
      name: row.name,
      type: row.type,
      secretHashes: JSON.parse(row.secret_hashes) as string[],
      requiresDpop: row.requires_dpop === 1,
      createdAt: row.created_at,
      removedAt: row.removed_at,
    })),
    trustedIssuers: trustedIssuers.map((row) => ({
      id: row.id,
      appId: row.app_id,
      name: row.name,
      issuer: row.issuer,
      jwksUrl: row.jwks_url,
      audience: row.audience,
      userIdClaim: row.user_id_claim,
      userIdTemplate: row.user_id_template,
      createdAt: row.created_at,
      removedAt: row.removed_at,
    })),
  };
}

export function toEndedTable(appId: string, ended: EndedSession): EndedSessionTable {
  return {
    session_id: ended.session.id,
    app_id: appId,
    user_id: ended.userId,
    session: encodeSession(ended.session),
    cause: ended.cause,
    ended_by: ended.by,
    ended_at: ended.endedAt,
    expires_at: ended.session.expiresAt,
  };
}

export function fromEndedTable(row: EndedSessionTable): EndedSession {
  return {
    userId: row.user_id,
    session: decodeSession(row.session),
    cause: row.cause,
    by: row.ended_by,
    endedAt: row.ended_at,
  };
}

export function toRevocationTable(appId: string, revocation: Revocation): RevocationTable {
  return {
    id: revocation.id,
    app_id: appId,
    user_id: revokedUser(revocation),
    target: JSON.stringify(revocation.target),
    boundary: revocation.boundary,
    reason: revocation.reason,
    created_at: revocation.createdAt,
    created_by: revocation.createdBy,
    expires_at: revocation.expiresAt,
    affected_sessions: revocation.affectedSessions,
    ...toRestoredColumns(revocation.restoration),
  };
}

export function toRestoredColumns(restoration: Restoration | null) {
  return {
    restored_at: restoration?.restoredAt ?? null,
    restored_by: restoration?.restoredBy ?? null,
    restored_reason: restoration?.reason ?? null,
    restored_sessions: restoration?.affectedSessions ?? null,
  };
}

export function fromRevocationTable(row: RevocationTable): Revocation {
  return {
    id: row.id,
    target: JSON.parse(row.target) as RevocationTarget,
    boundary: row.boundary,
    reason: row.reason,
    createdAt: row.created_at,
    createdBy: row.created_by,
    expiresAt: row.expires_at,
    affectedSessions: row.affected_sessions,
    restoration:
      row.restored_at === null
        ? null
        : {
            restoredAt: row.restored_at,
            restoredBy: row.restored_by ?? '',
            reason: row.restored_reason ?? '',
            affectedSessions: row.restored_sessions,
          },
  };
}

export function toIdempotencyTable(appId: string, record: IdempotencyRecord): IdempotencyTable {
  return {
    app_id: appId,
    key: record.key,
    user_id: record.userId,
    request_hash: record.requestHash,
    outcome: record.outcome,
    created_at: record.createdAt,
  };
}

export function fromIdempotencyTable(row: IdempotencyTable): IdempotencyRecord {
  return {
    key: row.key,
    userId: row.user_id,
    requestHash: row.request_hash,
    outcome: row.outcome,
    createdAt: row.created_at,
  };
}

/** All of a ticket's row but its tries. */
export const TICKET_COLUMNS = [
  'token_hash',
  'app_id',
  'account_id',
  'kind',
  'payload',
  'expires_at',
] as const satisfies readonly (keyof TicketTable)[];

/** A ticket that has not been tried. */
export function toTicketTable(ticket: Ticket): TicketTable {
  return {
    token_hash: ticket.tokenHash,
    app_id: ticket.appId,
    account_id: ticket.accountId,
    kind: ticket.kind,
    payload: ticket.payload,
    tries: 0,
    expires_at: ticket.expiresAt,
  };
}

export function fromTicketTable(row: Omit<TicketTable, 'tries'>): Ticket {
  return {
    tokenHash: row.token_hash,
    appId: row.app_id,
    accountId: row.account_id,
    kind: row.kind as TicketKind,
    payload: row.payload,
    expiresAt: row.expires_at,
  };
}

/** How long the answer to an `Idempotency-Key` is remembered. */
export const IDEMPOTENCY_SECONDS = 24 * 3600;
