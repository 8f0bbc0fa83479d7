import type { Kysely } from 'kysely';
import { type Migration, type MigrationProvider, Migrator } from 'kysely/migration';
import { ledger } from './migrations/0001-ledger.js';
import { businessTier } from './migrations/0002-business-tier.js';
import type { LedgerSchema } from './schema.js';

class LedgerMigrations implements MigrationProvider {
  constructor(private readonly engine: 'postgres' | 'sqlite') {}

  getMigrations(): Promise<Record<string, Migration>> {
    return Promise.resolve({
      '0001-ledger': ledger(this.engine),
      '0002-business-tier': businessTier(this.engine),
    });
  }
}

/**
 * Brings the ledger to the schema of this release, under Kysely's lock: of several brokers that
 * start at once, one migrates and the others wait. Throws when a migration fails, or when the
 * ledger was migrated by a newer release.
 */
export async function migrate(
  db: Kysely<LedgerSchema>,
  engine: 'postgres' | 'sqlite',
): Promise<void> {
  const migrator = new Migrator({ db, provider: new LedgerMigrations(engine) });
  const { error } = await migrator.migrateToLatest();
  if (error !== undefined) throw new Error('the ledger could not be migrated', { cause: error });
}
