import fc from 'fast-check';
import type pg from 'pg';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openPostgresLedger, type OpenPostgresLedger } from '../support/ledger-engines.js';
import { APP, raiseEach } from '../support/user-records.js';

const PATIENCE = { timeout: 15_000, interval: 20 };

describe('the feed in PostgreSQL, where transactions end in another order than they began', () => {
  let ledger: OpenPostgresLedger;
  beforeEach(async () => {
    ledger = await openPostgresLedger();
  });
  afterEach(() => ledger.close());

  const connect = (): Promise<pg.Client> => ledger.connect();

  /** A row of the feed, as a transaction writes it. */
  async function tell(client: pg.Client, userId: string): Promise<void> {
    await client.query('insert into feed (batch, app_id, users, control) values ($1, $2, $3, 0)', [
      '',
      APP,
      JSON.stringify([[userId, 1]]),
    ]);
  }

  async function named(from: number): Promise<string[]> {
    return (await ledger.feed.read(from)).users.map(({ userId }) => userId);
  }

  test('a transaction that began before a reading and commits after it is in the next', async () => {
    const late = await connect();
    await late.query('begin');
    await tell(late, 'late');
    await raiseEach(ledger.users, ['quick']);
    const first = await ledger.feed.read(0);
    expect(first.users.map(({ userId }) => userId)).toEqual(['quick']);
    await raiseEach(ledger.users, ['next']);
    const second = await ledger.feed.read(first.position);
    await late.query('commit');
    expect((await named(second.position)).toSorted()).toEqual(['late', 'next', 'quick']);
  });

  test('so is one that had its number long before it told the feed', async () => {
    const late = await connect();
    await late.query('begin');
    await late.query('select pg_current_xact_id()');
    const { position } = await ledger.feed.read(0);
    await raiseEach(ledger.users, ['quick']);
    const reading = await ledger.feed.read(position);
    await tell(late, 'late');
    await late.query('commit');
    expect(await named(reading.position)).toContain('late');
  });

  test('one that was rolled back is in none, and lets positions go on', async () => {
    const late = await connect();
    await late.query('begin');
    await tell(late, 'late');
    const held = (await ledger.feed.read(0)).position;
    await late.query('rollback');
    await raiseEach(ledger.users, ['quick']);
    const reading = await ledger.feed.read(held);
    expect(reading.users.map(({ userId }) => userId)).toEqual(['quick']);
    // Other databases of the server hold positions back, too, but not for long.
    await expect
      .poll(async () => (await ledger.feed.read(held)).position, PATIENCE)
      .toBeGreaterThan(held);
  });

  test('positions of users and of commits stand still with it, too', async () => {
    const late = await connect();
    await late.query('begin');
    await tell(late, 'late');
    const { position } = await ledger.users.read([{ appId: APP, userId: 'late' }]);
    const control = await ledger.control.read();
    await late.query('commit');
    expect(await named(position)).toContain('late');
    expect(await named(control.position)).toContain('late');
  });

  test('a reader that goes from mark to mark misses no commit, whatever the order', async () => {
    const clients = await Promise.all([connect(), connect(), connect(), connect()]);
    const step = fc.record({
      who: fc.nat({ max: 3 }),
      what: fc.constantFrom('number', 'tell', 'commit', 'commit', 'rollback', 'read'),
    });
    let n = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 40 }), async (steps) => {
        const open = new Map<pg.Client, string | undefined>();
        const committed: string[] = [];
        const seen = new Set<string>();
        let { position, mark } = await ledger.feed.read(0);
        const read = async () => {
          const reading = await ledger.feed.read(position, { behind: mark });
          for (const { userId } of reading.users) seen.add(userId);
          ({ position, mark } = reading);
          // Every commit so far is known after a reading that began after it.
          expect(committed.filter((userId) => !seen.has(userId))).toEqual([]);
        };
        const end = async (client: pg.Client, how: 'commit' | 'rollback') => {
          const told = open.get(client);
          if (!open.delete(client)) return;
          await client.query(how);
          if (how === 'commit' && told !== undefined) committed.push(told);
        };
        for (const { who, what } of steps) {
          const client = clients[who] as pg.Client;
          if (what === 'read') await read();
          else if (what === 'commit' || what === 'rollback') await end(client, what);
          else {
            if (!open.has(client)) {
              await client.query('begin');
              await client.query('select pg_current_xact_id()');
              open.set(client, undefined);
            }
            if (what === 'tell' && open.get(client) === undefined) {
              open.set(client, `user-${++n}`);
              await tell(client, `user-${n}`);
            }
          }
        }
        for (const client of clients) await end(client, 'commit');
        await read();
      }),
      { numRuns: 40 },
    );
  });

  test('a reading behind another tells only what that one did not see, while a stranger runs', async () => {
    const stranger = await connect();
    await stranger.query('begin');
    await stranger.query('select pg_current_xact_id()');
    const late = await connect();
    await late.query('begin');
    await tell(late, 'late');
    await raiseEach(ledger.users, ['a']);
    const first = await ledger.feed.read(0);
    expect(first.users.map(({ userId }) => userId)).toEqual(['a']);
    await raiseEach(ledger.users, ['b']);
    await late.query('commit');
    const second = await ledger.feed.read(first.position, { behind: first.mark });
    expect(second.users.map(({ userId }) => userId).toSorted()).toEqual(['b', 'late']);
    expect(second.position).toBe(first.position);
    expect(second.upTo).toBeGreaterThan(first.upTo);
    const third = await ledger.feed.read(second.position, { behind: second.mark });
    expect(third.users).toEqual([]);
    await stranger.query('rollback');
    expect((await ledger.feed.read(third.position, { behind: third.mark })).users).toEqual([]);
  });

  test('a reading fails when its time is over, and the next one has a connection', async () => {
    const stranger = await connect();
    await stranger.query('begin');
    await stranger.query('lock table feed in access exclusive mode');
    const began = performance.now();
    await expect(ledger.feed.read(0, { timeoutMs: 200 })).rejects.toMatchObject({
      code: 'ledger_unavailable',
    });
    expect(performance.now() - began).toBeLessThan(2000);
    await stranger.query('rollback');
    expect((await ledger.feed.read(0, { timeoutMs: 5000 })).control).toBe(false);
  });

  test('a row is not trimmed while positions may go back to it, however old it is', async () => {
    const stranger = await connect();
    await stranger.query('begin');
    await stranger.query('select pg_current_xact_id()');
    await raiseEach(ledger.users, ['a']);
    const held = (await ledger.users.read([{ appId: APP, userId: 'a' }])).position;
    await ledger.pass(5000);
    await raiseEach(ledger.users, ['b']);
    expect(await ledger.feed.trim(1000)).toBe(0);
    await stranger.query('commit');
    // A broker that has read until now has the old position still.
    expect(await ledger.feed.trim(1000)).toBe(0);
    expect(await named(held)).toEqual(['a', 'b']);
    const later = async (): Promise<string[]> => {
      await raiseEach(ledger.users, ['c']);
      await ledger.pass(5000);
      await ledger.feed.trim(1000);
      return named(0);
    };
    await expect.poll(later, PATIENCE).not.toContain('a');
  });

  test('a row that is committed long after it was written is not trimmed before it can be read', async () => {
    const slow = await connect();
    await slow.query('begin');
    await tell(slow, 'slow');
    await slow.query(`update feed set at = at - 5000000`);
    const { position } = await ledger.feed.read(0);
    await slow.query('commit');
    await raiseEach(ledger.users, ['a']);
    await ledger.feed.trim(1000);
    expect(await named(position)).toContain('slow');
  });

  test('a transaction in another database holds positions back, and nothing is missed', async () => {
    const other = await openPostgresLedger();
    const stranger = await other.connect();
    await stranger.query('begin');
    await stranger.query('select pg_current_xact_id()');
    await raiseEach(ledger.users, ['a']);
    const held = await ledger.feed.read(0);
    await raiseEach(ledger.users, ['b']);
    expect(await named(held.position)).toEqual(['a', 'b']);
    await stranger.query('rollback');
    await expect
      .poll(async () => named((await ledger.feed.read(0)).position), PATIENCE)
      .toEqual([]);
    await other.close();
  });
});
