import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SystemClock } from '../../../src/common/clock.js';
import { ensureRing } from '../../../src/keys/ensure-ring.js';
import { keyState } from '../../../src/keys/ring.js';
import type { ControlLedger, KeyRow } from '../../../src/ports/control-ledger.port.js';
import { MasterKey } from '../../../src/ports/master-key.port.js';
import { openPostgres } from '../../../src/stores/sql/postgres/open-postgres.js';
import { PostgresControlLedger } from '../../../src/stores/sql/postgres/postgres-control-ledger.js';
import { SqliteControlLedger } from '../../../src/stores/sql/sqlite/sqlite-control-ledger.js';
import { createDatabase } from '../../support/test-database.js';
import { openTestLedger } from '../../support/sqlite-ledger.js';
import { accepts, CLAIMS, entropy, newMasterKey, TYPE, viewOf } from './key-fixtures.js';

interface TestLedger {
  /** One more broker's way to the ledger, over a connection of its own. */
  connect(): Promise<ControlLedger>;
  close(): Promise<void>;
}

async function sqliteLedger(): Promise<TestLedger> {
  const directory = await mkdtemp(join(tmpdir(), 'countersign-keys-'));
  const closing: (() => Promise<void>)[] = [];
  return {
    connect: async () => {
      const opened = await openTestLedger(join(directory, 'ledger.db'));
      closing.push(() => opened.close());
      return new SqliteControlLedger(opened, new SystemClock());
    },
    close: async () => {
      for (const close of closing) await close();
      await rm(directory, { recursive: true });
    },
  };
}

async function postgresLedger(): Promise<TestLedger> {
  const { url, drop } = await createDatabase();
  const closing: (() => Promise<void>)[] = [];
  return {
    connect: async () => {
      const database = await openPostgres(url, {
        connections: 1,
        migrate: true,
        // The pool has ended, but a socket of it may see the database dropped beneath it.
        onIdleError: () => undefined,
      });
      closing.push(() => database.close());
      return new PostgresControlLedger(database.pool, database.db);
    },
    close: async () => {
      for (const close of closing) await close();
      await drop();
    },
  };
}

/** Lets nobody wrap before `parties` have asked to, so that all have read the ledger by then. */
class Rendezvous extends MasterKey {
  readonly #inner = newMasterKey();
  readonly #waiting: (() => void)[] = [];

  constructor(private readonly parties: number) {
    super();
  }

  override async wrap(dataKey: Buffer, context: string): Promise<string> {
    await new Promise<void>((resolve) => {
      this.#waiting.push(resolve);
      if (this.#waiting.length >= this.parties) for (const go of this.#waiting) go();
    });
    return this.#inner.wrap(dataKey, context);
  }

  override unwrap(wrapped: string, context: string): Promise<Buffer> {
    return this.#inner.unwrap(wrapped, context);
  }
}

describe.each([
  ['SQLite', sqliteLedger],
  ['PostgreSQL', postgresLedger],
])('a ring in %s', (_, makeLedger) => {
  let ledger: TestLedger;
  let control: ControlLedger;

  beforeEach(async () => {
    ledger = await makeLedger();
    control = await ledger.connect();
  });

  afterEach(() => ledger.close());

  async function keys(ring: string): Promise<KeyRow[]> {
    const { state } = await control.read();
    return state.keys.filter((key) => key.ring === ring);
  }

  async function states(ring: string): Promise<string[]> {
    return (await keys(ring)).map(keyState).sort();
  }

  it('gets a key that signs and an upcoming one, dated by the ledger', async () => {
    const masterKey = newMasterKey();
    const before = Math.floor(new SystemClock().nowMs() / 1000);
    expect(await ensureRing(control, 'shared', masterKey, entropy)).toBe(true);
    expect(await states('shared')).toEqual(['active', 'upcoming']);
    const rows = await keys('shared');
    for (const row of rows) {
      expect(row.publishedAt).toBeGreaterThanOrEqual(before);
      expect(row.publishedAt).toBeLessThanOrEqual(before + 60);
    }
    const view = await viewOf(rows, masterKey);
    expect(accepts(view, await view.signer('shared').sign(TYPE, CLAIMS))).toBe(true);
  });

  it('is left alone when it is whole', async () => {
    const masterKey = newMasterKey();
    await ensureRing(control, 'shared', masterKey, entropy);
    const { state } = await control.read();
    expect(await ensureRing(control, 'shared', masterKey, entropy)).toBe(false);
    const after = await control.read();
    expect(after.state.keys).toEqual(state.keys);
  });

  it('is made once by ten brokers that start at once', async () => {
    // One after the other: SQLite blocks its process while another connection migrates.
    const brokers: ControlLedger[] = [];
    while (brokers.length < 10) brokers.push(await ledger.connect());
    // Each makes two candidates: by the twentieth, all ten have seen the empty ring.
    const masterKey = new Rendezvous(20);
    const wrote = await Promise.all(
      brokers.map((broker) => ensureRing(broker, 'shared', masterKey, entropy)),
    );
    expect(wrote.filter(Boolean)).toHaveLength(1);
    expect(await states('shared')).toEqual(['active', 'upcoming']);
  });

  it('of one app is not that of another', async () => {
    const masterKey = newMasterKey();
    await Promise.all(
      ['shared', 'app:a', 'app:b'].map((ring) => ensureRing(control, ring, masterKey, entropy)),
    );
    for (const ring of ['shared', 'app:a', 'app:b']) {
      expect(await states(ring)).toEqual(['active', 'upcoming']);
    }
    expect((await keys('app:a')).map((key) => key.algorithm)).toEqual(['HS256', 'HS256']);
  });

  it('whose active key was revoked signs with the upcoming one and gets another', async () => {
    const masterKey = newMasterKey();
    await ensureRing(control, 'shared', masterKey, entropy);
    const upcoming = (await keys('shared')).find((key) => keyState(key) === 'upcoming');
    await control.change(({ keys: rows }) => ({
      writes: {
        keys: rows
          .filter((row) => keyState(row) === 'active')
          .map((row) => ({ ...row, revokedAt: row.publishedAt })),
      },
      result: undefined,
    }));
    expect(await ensureRing(control, 'shared', masterKey, entropy)).toBe(true);
    expect(await states('shared')).toEqual(['active', 'revoked', 'upcoming']);
    const active = (await keys('shared')).find((key) => keyState(key) === 'active');
    expect(active?.id).toBe(upcoming?.id);
  });

  it('stays empty when the master key can’t wrap', async () => {
    class Failing extends MasterKey {
      override wrap(): Promise<string> {
        return Promise.reject(new Error('the KMS is out'));
      }

      override unwrap(): Promise<Buffer> {
        return Promise.reject(new Error('the KMS is out'));
      }
    }
    await expect(ensureRing(control, 'shared', new Failing(), entropy)).rejects.toThrow(/KMS/);
    expect(await keys('shared')).toEqual([]);
  });

  it('that no algorithm belongs to is not made', async () => {
    await expect(ensureRing(control, 'other', newMasterKey(), entropy)).rejects.toThrow(/ring/);
  });
});
