import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { describe, expect, onTestFinished, test } from 'vitest';
import { connectLedger, openPostgresLedger } from '../support/ledger-engines.js';
import { temporaryDirectory } from '../support/server-process.js';
import { createDatabase } from '../support/test-database.js';
import { openSqlite } from '../../src/stores/sql/sqlite/open-sqlite.js';
import { APP, raiseEach } from '../support/user-records.js';

const BUILT = fileURLToPath(
  new URL('../../dist/stores/sql/sqlite/open-sqlite.js', import.meta.url),
);

/** Opens the ledger in a process of its own. With `killAt`, it kills itself at that statement. */
const OPEN = `
  import { DatabaseSync } from 'node:sqlite';
  const [, built, path, killAt] = process.argv;
  let left = Number(killAt);
  for (const method of ['prepare', 'exec']) {
    const original = DatabaseSync.prototype[method];
    DatabaseSync.prototype[method] = function (text) {
      if (--left === 0) process.kill(process.pid, 'SIGKILL');
      return original.call(this, text);
    };
  }
  const { openSqlite } = await import(built);
  const ledger = await openSqlite(path);
  await ledger.close();
`;

function openElsewhere(path: string, killAt = 0): Promise<string> {
  if (!existsSync(BUILT)) throw new Error(`${BUILT} is missing. Run: npm run build`);
  const args = ['--input-type=module', '-e', OPEN, BUILT, path, String(killAt)];
  return new Promise((resolve) => {
    execFile(process.execPath, args, (error, _, stderr) => {
      resolve(error === null ? 'opened' : (error.signal ?? stderr));
    });
  });
}

async function freshPath(): Promise<string> {
  const directory = await temporaryDirectory('ledger');
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return join(directory, 'ledger.sqlite');
}

/** Everything that says what a file's tables are, and which life of the ledger it is. */
function describeFile(path: string): unknown {
  const file = new DatabaseSync(path);
  try {
    const schema = file.prepare('select name, sql from sqlite_schema order by name').all();
    const migrations = file.prepare('select * from kysely_migration').all();
    return { schema, migrations, meta: file.prepare('select * from ledger_meta').all() };
  } finally {
    file.close();
  }
}

describe('the first start on a file', () => {
  test('by ten processes at once makes one ledger', async () => {
    const path = await freshPath();
    const outcomes = await Promise.all(Array.from({ length: 10 }, () => openElsewhere(path)));
    expect(outcomes).toEqual(Array.from({ length: 10 }, () => 'opened'));
    const before = describeFile(path);
    expect(before).toMatchObject({
      meta: [{ id: 1 }],
      migrations: [{ name: '0001-ledger' }, { name: '0002-business-tier' }],
    });
    const again = await openSqlite(path);
    await again.close();
    expect(describeFile(path)).toEqual(before);
  });

  test('killed anywhere leaves a file on which the next one starts', async () => {
    const complete = await freshPath();
    await openElsewhere(complete);
    const { schema } = describeFile(complete) as { schema: unknown };
    let killed = 0;
    for (let killAt = 1; ; killAt += 4) {
      const path = await freshPath();
      const outcome = await openElsewhere(path, killAt);
      if (outcome === 'opened') break;
      expect(outcome).toBe('SIGKILL');
      killed += 1;
      expect(await openElsewhere(path)).toBe('opened');
      expect(describeFile(path)).toMatchObject({ schema });
    }
    expect(killed).toBeGreaterThan(5);
  });
});

describe('the first start on a database of PostgreSQL', () => {
  test('by ten brokers at once makes one ledger, and a later one changes nothing', async () => {
    const database = await createDatabase();
    onTestFinished(() => database.drop());
    const starts = Array.from({ length: 10 }, () => connectLedger(database.url, true, 2));
    const brokers = await Promise.all(starts);
    const incarnations = brokers.map(async ({ feed }) => (await feed.read(0)).incarnation);
    expect(new Set(await Promise.all(incarnations)).size).toBe(1);
    await raiseEach((brokers[0] ?? expect.fail()).users, ['user-1']);
    for (const broker of brokers) await broker.close();

    const before = await describeDatabase(database.url);
    const later = await connectLedger(database.url, true);
    const { users } = await later.users.read([{ appId: APP, userId: 'user-1' }]);
    expect(users[0]?.record.version).toBe(1);
    await later.close();
    expect(await describeDatabase(database.url)).toEqual(before);
    expect(before.migrations).toHaveLength(2);
  });
});

async function describeDatabase(url: string) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const ask = async (text: string): Promise<unknown[]> => (await client.query(text)).rows;
  const found = {
    columns: await ask(
      `select table_name, column_name, data_type, column_default from information_schema.columns
       where table_schema = 'public' order by 1, 2`,
    ),
    migrations: await ask('select * from kysely_migration'),
    meta: await ask('select * from ledger_meta'),
  };
  await client.end();
  return found;
}

describe('a ledger that a newer release has migrated', () => {
  const NEWER = `insert into kysely_migration values ('0009-newer', '2030-01-01')`;

  test('is not opened in SQLite', async () => {
    const path = await freshPath();
    await (await openSqlite(path)).close();
    const file = new DatabaseSync(path);
    file.exec(NEWER);
    file.close();
    await expect(openSqlite(path)).rejects.toThrow('could not be migrated');
  });

  test('is not opened in PostgreSQL', async () => {
    const ledger = await openPostgresLedger();
    onTestFinished(() => ledger.close());
    await ledger.pool.query(NEWER);
    await expect(connectLedger(ledger.url, true)).rejects.toThrow('could not be migrated');
  });
});
