import type pg from 'pg';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { BrokerError } from '../../src/common/errors.js';
import type { LockedUsers } from '../../src/ports/user-ledger.port.js';
import { openPostgresLedger, type OpenPostgresLedger } from '../support/ledger-engines.js';
import { sessionId } from '../support/user-copies.js';
import {
  APP,
  batchOf,
  endedSessionOf,
  idempotencyOf,
  raiseEach,
  raiseVersions,
  revocationOf,
  userSession,
  writesOf,
} from '../support/user-records.js';

const user = (userId: string) => ({ appId: APP, userId });

describe('the users’ ledger in PostgreSQL, between transactions', () => {
  let ledger: OpenPostgresLedger;
  beforeEach(async () => {
    ledger = await openPostgresLedger();
  });
  afterEach(() => ledger.close());

  const connect = (): Promise<pg.Client> => ledger.connect();

  async function until(client: pg.Client, condition: string): Promise<void> {
    for (;;) {
      const { rows } = await client.query<{ holds: boolean }>(`select ${condition} as holds`);
      if (rows[0]?.holds === true) return;
    }
  }

  const waiting = (count: number) =>
    `(select count(*) = ${count} from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock')`;

  async function deadlocks(client: pg.Client): Promise<number> {
    await client.query('select pg_stat_force_next_flush()');
    const { rows } = await client.query<{ deadlocks: string }>(
      'select deadlocks from pg_stat_database where datname = current_database()',
    );
    return Number(rows[0]?.deadlocks);
  }

  async function versions(...userIds: string[]): Promise<(number | undefined)[]> {
    const { users } = await ledger.users.read(userIds.map(user));
    return users.map((stored) => stored?.record.version);
  }

  test('a user whose row is locked elsewhere is left out, and nobody waits for it', async () => {
    await raiseEach(ledger.users, ['user-1', 'user-2', 'user-3']);
    const holder = await connect();
    await holder.query('begin');
    await holder.query(`select * from im_users where user_id = 'user-2' for update`);
    let seen: string[] = [];
    const { written } = await ledger.users.change(
      batchOf(['user-3', 'new', 'user-2', 'user-1'], (locked) => {
        seen = [...locked.users.keys()];
        return raiseVersions(locked);
      }),
    );
    expect(seen.toSorted()).toEqual(['new', 'user-1', 'user-3']);
    expect([...written].toSorted()).toEqual(['new', 'user-1', 'user-3']);
    const onlyLocked = await ledger.users.change(batchOf(['user-2'], raiseVersions));
    expect(onlyLocked.written.size).toBe(0);
    await holder.query('rollback');
    expect(await versions('user-1', 'user-2', 'user-3', 'new')).toEqual([2, 1, 2, 1]);
    await raiseEach(ledger.users, ['user-2']);
  });

  test('who gets the lock after a change sees what was changed, not what it first looked for', async () => {
    await raiseEach(ledger.users, ['user-1']);
    const other = await ledger.another();
    for (let round = 0; round < 30; round += 1) {
      const both = [ledger.users, other.users].map((users) => raiseEach(users, ['user-1']));
      await Promise.all(both);
    }
    expect(await versions('user-1')).toEqual([61]);
  });

  test('a batch that must be written whole decides again when it loses one of its users', async () => {
    const other = await ledger.another();
    const gate = await connect();
    const watcher = await connect();
    await gate.query('begin');
    await gate.query('lock table im_users in share mode');
    const seen: number[] = [];
    const register = (locked: LockedUsers) => {
      const found = [...locked.users.values()].filter((stored) => stored !== undefined);
      seen.push(found.length);
      return found.length > 0 ? writesOf({}) : raiseVersions(locked);
    };
    const whole = { whole: true };
    const first = ledger.users.change(batchOf(['a', 'shared'], register, whole));
    const second = other.users.change(batchOf(['shared', 'z'], register, whole));
    await until(watcher, waiting(2));
    await gate.query('commit');
    const written = [await first, await second].map((outcome) => outcome.written.size);

    expect(written.toSorted()).toEqual([0, 2]);
    expect(seen).toEqual([0, 0, 1]);
    const [a, shared, z] = await versions('a', 'shared', 'z');
    expect([a, shared, z]).toEqual(written[0] === 2 ? [1, 1, undefined] : [undefined, 1, 1]);
  });

  test('of two that create the same users at once, each user is written by one, whole', async () => {
    const other = await ledger.another();
    const gate = await connect();
    const watcher = await connect();
    await gate.query('begin');
    // Reading and locking rows goes on; nobody writes until the gate opens.
    await gate.query('lock table im_users in share mode');
    const now = await ledger.now();
    let decided = 0;
    const create = (name: string, userIds: string[]) => (locked: LockedUsers) => {
      decided += 1;
      return writesOf({
        ...raiseVersions(locked),
        ended: userIds.map((userId, n) =>
          endedSessionOf(userId, userSession({ id: sessionId(n, name) })),
        ),
        revocations: userIds.map((userId) => revocationOf(userId, `${name} ${userId}`)),
        idempotency: userIds.map((userId) => idempotencyOf(userId, `${name} ${userId}`, now)),
      });
    };
    const mine = ['shared-1', 'mine', 'shared-2'];
    const theirs = ['shared-2', 'theirs', 'shared-1'];
    const first = ledger.users.change(batchOf(mine, create('first___', mine)));
    const second = other.users.change(batchOf(theirs, create('second__', theirs)));
    await until(watcher, waiting(2));
    expect(decided).toBe(2);
    await gate.query('commit');
    const outcomes = [await first, await second];

    const sharedOf = outcomes.map(({ written }) => written.has('shared-1'));
    expect(sharedOf.filter(Boolean)).toHaveLength(1);
    const winner = sharedOf[0] === true ? 0 : 1;
    const own = ['mine', 'theirs'];
    expect([...(outcomes[winner]?.written ?? [])].toSorted()).toEqual(
      ['shared-1', 'shared-2', own[winner]].toSorted(),
    );
    expect([...(outcomes[1 - winner]?.written ?? [])]).toEqual([own[1 - winner]]);
    expect(await versions('mine', 'theirs', 'shared-1', 'shared-2')).toEqual([1, 1, 1, 1]);

    const names = ['first___', 'second__'] as const;
    for (const [n, name] of names.entries()) {
      const ids = n === 0 ? mine : theirs;
      for (const [index, userId] of ids.entries()) {
        const expected = outcomes[n]?.written.has(userId) ? 1 : 0;
        const found = await ledger.revocations.find(APP, `${name} ${userId}`);
        expect(found === undefined ? 0 : 1).toBe(expected);
        const ended = await ledger.users.endedSession(user(userId), sessionId(index, name));
        expect(ended === undefined ? 0 : 1).toBe(expected);
      }
    }
    const keys = await watcher.query<{ key: string }>('select key from idempotency_keys');
    expect(keys.rows).toHaveLength(4);
    const { users } = await ledger.feed.read(0);
    expect(users).toHaveLength(4);
    expect(await deadlocks(watcher)).toBe(0);
  });

  test('a user that is created and changed between looking and writing stops nobody', async () => {
    const other = await ledger.another();
    const gate = await connect();
    const watcher = await connect();
    // The insert of `user-4` waits at a gate.
    await gate.query(`create function wait_at_gate() returns trigger language plpgsql as
      $$ begin perform pg_advisory_xact_lock_shared(4); return new; end $$`);
    await gate.query(`create trigger gate before insert on im_users for each row
      when (new.user_id = 'user-4') execute function wait_at_gate()`);
    await gate.query('select pg_advisory_lock(4)');
    // It has created user-3 and will try user-5, which it did not find.
    const first = ledger.users.change(batchOf(['user-3', 'user-4', 'user-5'], raiseVersions));
    await until(watcher, waiting(1));
    await raiseEach(other.users, ['user-5']);
    // It has user-5 locked and waits for user-3.
    const second = other.users.change(batchOf(['user-3', 'user-5'], raiseVersions));
    await until(watcher, waiting(2));
    await gate.query('select pg_advisory_unlock(4)');
    expect([...(await first).written].toSorted()).toEqual(['user-3', 'user-4']);
    expect([...(await second).written]).toEqual(['user-5']);
    expect(await versions('user-3', 'user-4', 'user-5')).toEqual([1, 1, 2]);
    expect(await deadlocks(watcher)).toBe(0);
  });

  test('of two users whose requests come with one key at once, the second sees the first', async () => {
    const other = await ledger.another();
    const gate = await connect();
    const watcher = await connect();
    await gate.query('begin');
    await gate.query('lock table im_users in share mode');
    const now = await ledger.now();
    const use = (userId: string) =>
      batchOf(
        [userId],
        (locked) => {
          if (locked.idempotency.has('key-1')) throw new BrokerError('idempotency_key_reused', '');
          return { ...raiseVersions(locked), idempotency: [idempotencyOf(userId, 'key-1', now)] };
        },
        { idempotencyKeys: ['key-1'] },
      );
    const both = [ledger.users.change(use('user-1')), other.users.change(use('user-2'))];
    await until(watcher, waiting(2));
    await gate.query('commit');
    const outcomes = await Promise.allSettled(both);
    expect(outcomes.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    const refused = outcomes.find((outcome) => outcome.status === 'rejected');
    expect(refused?.reason).toMatchObject({ code: 'idempotency_key_reused' });
    expect((await versions('user-1', 'user-2')).filter(Boolean)).toEqual([1]);
  });

  test('of two that use an expired key again at once, one is remembered', async () => {
    const other = await ledger.another();
    const now = await ledger.now();
    const use = (userId: string, outcome: string) =>
      batchOf(
        [userId],
        (locked) => {
          if (locked.idempotency.has('key-1')) return writesOf({});
          const record = idempotencyOf(userId, 'key-1', now, { outcome });
          return { ...raiseVersions(locked), idempotency: [record] };
        },
        { idempotencyKeys: ['key-1'] },
      );
    await ledger.users.change(use('user-0', 'first'));
    await ledger.pass(25 * 3600);
    const gate = await connect();
    const watcher = await connect();
    await gate.query('begin');
    await gate.query('lock table im_users in share mode');
    const both = [
      ledger.users.change(use('user-1', 'second')),
      other.users.change(use('user-2', 'third')),
    ];
    await until(watcher, waiting(2));
    await gate.query('commit');
    const written = (await Promise.all(both)).map((committed) => committed.written.size);
    expect(written.toSorted()).toEqual([0, 1]);
    const { rows } = await watcher.query<{ outcome: string }>(
      'select outcome from idempotency_keys',
    );
    expect(rows).toEqual([{ outcome: written[0] === 1 ? 'second' : 'third' }]);
  });

  test('no storm of batches waits in a circle', async () => {
    const ends = [ledger, await ledger.another(), await ledger.another(), await ledger.another()];
    const watcher = await connect();
    for (let storm = 0; storm < 6; storm += 1) {
      const batches = Array.from({ length: 40 }, () => {
        const ids = Array.from({ length: 8 }, () => `${storm}-${Math.floor(Math.random() * 30)}`);
        return [...new Set(ids)];
      });
      await Promise.all(
        batches.map((ids, n) => raiseEach((ends[n % ends.length] ?? ledger).users, ids)),
      );
    }
    expect(await deadlocks(watcher)).toBe(0);
  });

  test(
    'a broker that is stopped while it holds locks loses them',
    { timeout: 20_000 },
    async () => {
      await raiseEach(ledger.users, ['user-1', 'user-2']);
      const other = await ledger.another();
      // As a broker has it that was stopped between its locks and its write.
      const stopped = await ledger.pool.connect();
      await stopped.query('begin');
      await stopped.query(`select * from im_users where user_id = 'user-1' for update`);
      const beganAt = performance.now();
      const free = await other.users.change(batchOf(['user-1', 'user-2'], raiseVersions));
      expect([...free.written]).toEqual(['user-2']);
      expect(performance.now() - beganAt).toBeLessThan(1000);
      await raiseEach(other.users, ['user-1']);
      const waitedMs = performance.now() - beganAt;
      expect(waitedMs).toBeGreaterThan(4000);
      expect(waitedMs).toBeLessThan(7000);
      await expect(stopped.query('commit')).rejects.toThrow();
      stopped.release(true);
      expect(await versions('user-1')).toEqual([2]);
    },
  );

  test('a server that is a standby now is an outage, not a defect', async () => {
    const { askingPostgres } = await import('../../src/stores/sql/postgres/postgres-errors.js');
    const client = await connect();
    // The code with which a standby refuses to say where its log ends.
    const asked = askingPostgres(() =>
      client.query(`do $$ begin raise exception 'recovery is in progress'
        using errcode = 'object_not_in_prerequisite_state'; end $$`),
    );
    await expect(asked).rejects.toMatchObject({ code: 'ledger_unavailable' });
  });
});
