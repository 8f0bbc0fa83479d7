import { type CompiledQuery, type Kysely, sql } from 'kysely';
import type { ControlWrites } from '../../ports/control-ledger.port.js';
import { toAuditTable } from './account-row.js';
import {
  toAppTable,
  toClientTable,
  toKeyTable,
  toRestoredColumns,
  toRevocationTable,
  toSecretTable,
  toTrustedIssuerTable,
} from './rows.js';
import type { LedgerSchema } from './schema.js';

/** Built once by Kysely, then run by each engine in its own kind of transaction. */
export function readControl(db: Kysely<LedgerSchema>) {
  return {
    apps: db.selectFrom('apps').selectAll().orderBy('id').compile(),
    secrets: db.selectFrom('app_secrets').selectAll().orderBy('created_at').orderBy('id').compile(),
    issuers: db.selectFrom('issuers').selectAll().compile(),
    keys: db.selectFrom('signing_keys').selectAll().orderBy('published_at').orderBy('id').compile(),
    clients: db.selectFrom('clients').selectAll().orderBy('created_at').orderBy('id').compile(),
    trustedIssuers: db
      .selectFrom('trusted_issuers')
      .selectAll()
      .orderBy('created_at')
      .orderBy('id')
      .compile(),
  };
}

/**
 * The statements that write what was decided; the last one tells the feed. Empty: none. `feed`: the
 * name of the transaction, and the ledger's clock where that isn't the database's own.
 */
export function writeControl(
  db: Kysely<LedgerSchema>,
  writes: ControlWrites,
  feed: { readonly batch?: string; readonly at?: number } = {},
): CompiledQuery[] {
  const statements: CompiledQuery[] = [];
  for (const app of writes.apps ?? []) {
    const { id, created_at: _fixed, ...changed } = toAppTable(app);
    statements.push(
      db
        .insertInto('apps')
        .values(toAppTable(app))
        .onConflict((conflict) => conflict.column('id').doUpdateSet(changed))
        .compile(),
    );
  }
  for (const secret of writes.secrets ?? []) {
    const row = toSecretTable(secret);
    statements.push(
      db
        .insertInto('app_secrets')
        .values(row)
        .onConflict((conflict) =>
          conflict.column('id').doUpdateSet({ withdrawn_at: row.withdrawn_at, scopes: row.scopes }),
        )
        .compile(),
    );
  }
  for (const url of writes.issuers ?? []) {
    statements.push(
      db
        .insertInto('issuers')
        .values({ url })
        .onConflict((conflict) => conflict.doNothing())
        .compile(),
    );
  }
  for (const key of writes.keys ?? []) {
    const { id, public_jwk: _public, sealed_private, ...dates } = toKeyTable(key);
    statements.push(
      db
        .insertInto('signing_keys')
        .values(toKeyTable(key))
        .onConflict((conflict) => conflict.column('id').doUpdateSet({ ...dates, sealed_private }))
        .compile(),
    );
  }
  for (const client of writes.clients ?? []) {
    const { id, created_at: _fixed, ...changed } = toClientTable(client);
    statements.push(
      db
        .insertInto('clients')
        .values(toClientTable(client))
        .onConflict((conflict) => conflict.column('id').doUpdateSet(changed))
        .compile(),
    );
  }
  for (const issuer of writes.trustedIssuers ?? []) {
    const { id, created_at: _fixed, ...changed } = toTrustedIssuerTable(issuer);
    statements.push(
      db
        .insertInto('trusted_issuers')
        .values(toTrustedIssuerTable(issuer))
        .onConflict((conflict) => conflict.column('id').doUpdateSet(changed))
        .compile(),
    );
  }
  for (const event of writes.audit ?? []) {
    statements.push(db.insertInto('audit_events').values(toAuditTable(event)).compile());
  }
  for (const { appId, ...revocation } of writes.revocations ?? []) {
    statements.push(
      db.insertInto('revocations').values(toRevocationTable(appId, revocation)).compile(),
    );
  }
  for (const [id, restoration] of writes.restorations ?? []) {
    statements.push(
      db
        .updateTable('revocations')
        .set(toRestoredColumns(restoration))
        .where('id', '=', id)
        .compile(),
    );
  }
  if (writes.incarnation !== undefined) {
    const { incarnation } = writes;
    const next = sql<number>`case when incarnation >= ${incarnation} then incarnation + 1
      else ${incarnation} end`;
    statements.push(db.updateTable('ledger_meta').set({ incarnation: next }).compile());
    // Its positions may be another server's, which come up again here, and nobody needs them: no
    // copy of before is believed.
    statements.push(db.deleteFrom('feed').compile());
  }
  if (statements.length > 0) {
    const told = { batch: '', app_id: '', users: '[]', control: 1, ...feed };
    statements.push(db.insertInto('feed').values(told).compile());
  }
  return statements;
}
