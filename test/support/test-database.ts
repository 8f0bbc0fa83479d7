import { inject } from 'vitest';
import { createDatabaseIn, type TestDatabase } from './postgres-database.js';

export type { TestDatabase };

/** Makes an empty database of a unique name in the test run's PostgreSQL. */
export function createDatabase(): Promise<TestDatabase> {
  return createDatabaseIn(inject('databaseUrl'));
}
