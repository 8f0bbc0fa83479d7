import fc from 'fast-check';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bigintArray, textArray } from '../../src/stores/sql/postgres/binary-array.js';
import { createDatabase, type TestDatabase } from '../support/test-database.js';

describe('an array in binary', () => {
  let database: TestDatabase;
  let client: pg.Client;
  beforeAll(async () => {
    database = await createDatabase();
    client = new pg.Client({ connectionString: database.url });
    await client.connect();
  });
  afterAll(async () => {
    await client.end();
    await database.drop();
  });

  async function received(type: string, array: Buffer): Promise<unknown> {
    const { rows } = await client.query<{ it: unknown }>(
      `select array_to_json($1::${type}[]) as it`,
      [array],
    );
    return rows[0]?.it;
  }

  it('is the texts that it was made of, whatever characters they hold', async () => {
    // PostgreSQL's text has no NUL; half surrogates never get past the edge.
    const texts = fc
      .string({ unit: 'grapheme', maxLength: 40 })
      .map((text) => text.replaceAll('\0', ''));
    const quoting = fc.constantFrom('', '{}', '","', '\\', 'NULL', '"', "'", 'zoë-用户', ' ');
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(texts, quoting)), async (values) => {
        expect(await received('text', textArray(values))).toEqual(values);
      }),
    );
  });

  it('is the numbers that it was made of', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.maxSafeNat()), async (values) => {
        expect(await received('bigint', bigintArray(values))).toEqual(values);
      }),
    );
  });
});
