/*
 * Loaded into a broker ahead of it (`node --import`), to kill it with SIGKILL at a chosen place
 * between a commit and its answer. It wraps methods of the built classes; the product knows nothing
 * of it. Node runs this file as it is, so it imports nothing of the tests.
 *
 *   CHAOS_KILL_AT    the place: see POINTS; nothing happens without it
 *   CHAOS_KILL_USER  only for changes of the users whose id begins so (all)
 *   CHAOS_KILL_HIT   at the how manieth of them (1)
 */
import type { UserBatch, UserLedger } from '../../src/ports/user-ledger.port.js';
import type { UserCopy } from '../../src/ports/user-record.js';
import type { ChangeEvent } from '../../src/ports/change-events.port.js';
import type { GroupCommit } from '../../src/ledger/group-commit.js';
import type { Announcer } from '../../src/ledger/announcer.js';
import type { LiveCopies } from '../../src/ports/live-copies.port.js';
import type { ChangeEvents } from '../../src/ports/change-events.port.js';

const { CHAOS_KILL_AT: place, CHAOS_KILL_USER: user = '', CHAOS_KILL_HIT: hit = '1' } = process.env;
let left = Number(hit);

type Class<T> = { readonly prototype: T };

async function built<T>(path: string, name: string): Promise<Class<T>> {
  const module: unknown = await import(new URL(`../../dist/${path}`, import.meta.url).href);
  return (module as Record<string, Class<T>>)[name]!;
}

function die(): Promise<never> {
  process.kill(process.pid, 'SIGKILL');
  return new Promise(() => undefined);
}

/** Whether this change is the one. Counts; asked once for each change. */
function isTheOne(userIds: readonly string[]): boolean {
  return userIds.some((id) => id.startsWith(user)) && --left === 0;
}

const idsOf = (users: readonly { readonly userId: string }[]) => users.map(({ userId }) => userId);

async function onLedgers(wrap: (ledger: UserLedger) => void): Promise<void> {
  const postgres = 'stores/sql/postgres/postgres-user-ledger.js';
  wrap((await built<UserLedger>(postgres, 'PostgresUserLedger')).prototype);
  const sqlite = 'stores/sql/sqlite/sqlite-user-ledger.js';
  wrap((await built<UserLedger>(sqlite, 'SqliteUserLedger')).prototype);
}

/** Around PostgreSQL's commit: what is sent on a connection after the one change was decided. */
async function atCommit(act: (send: () => unknown) => unknown): Promise<void> {
  let armed = false;
  await onLedgers((ledger) => {
    const change = ledger.change;
    ledger.change = function (this: UserLedger, batch: UserBatch) {
      const decide = batch.decide.bind(batch);
      const watched = (locked: Parameters<typeof decide>[0]) => {
        const writes = decide(locked);
        armed ||= writes.users.length > 0 && isTheOne(idsOf(writes.users));
        return writes;
      };
      return change.call(this, { ...batch, decide: watched });
    };
  });
  const { default: pg } = await import('pg');
  const prototype = pg.Client.prototype as unknown as { query(...args: unknown[]): unknown };
  const query = prototype.query;
  prototype.query = function (...args) {
    const send = () => query.apply(this, args);
    return armed && args[0] === 'commit' ? act(send) : send();
  };
}

/** The places, in the order in which a change passes them. */
const POINTS: Readonly<Record<string, () => Promise<void>>> = {
  /** Everything was sent but the commit. */
  'before-commit': () => atCommit(die),

  /** The commit was sent; whether the server read it, nobody waited to see. */
  'commit-sent': () =>
    atCommit((send) => {
      setImmediate(() => void die());
      return send();
    }),

  /** The ledger has confirmed; nothing was told. */
  committed: () =>
    onLedgers((ledger) => {
      const change = ledger.change;
      ledger.change = async function (this: UserLedger, batch: UserBatch) {
        const committed = await change.call(this, batch);
        return isTheOne([...committed.written]) ? die() : committed;
      };
    }),

  /** The new copies are in Redis, the event was not sent. */
  put: async () => {
    const copies = await built<LiveCopies>('stores/redis/redis-live-copies.js', 'RedisLiveCopies');
    const events = await built<ChangeEvents>(
      'stores/redis/redis-change-events.js',
      'RedisChangeEvents',
    );
    const { put } = copies.prototype;
    const { publish } = events.prototype;
    let isLast = false;
    copies.prototype.put = async function (this: LiveCopies, some: readonly UserCopy[]) {
      isLast ||= isTheOne(idsOf(some));
      const dies = isLast;
      await put.call(this, some);
      if (dies) await die();
    };
    events.prototype.publish = function (this: ChangeEvents, event: ChangeEvent) {
      return isLast ? new Promise(() => undefined) : publish.call(this, event);
    };
  },

  /** The event was sent, the new copies are nowhere but here. */
  published: async () => {
    const copies = await built<LiveCopies>('stores/redis/redis-live-copies.js', 'RedisLiveCopies');
    const events = await built<ChangeEvents>(
      'stores/redis/redis-change-events.js',
      'RedisChangeEvents',
    );
    const { put } = copies.prototype;
    const { publish } = events.prototype;
    let isLast = false;
    copies.prototype.put = function (this: LiveCopies, some: readonly UserCopy[]) {
      isLast ||= isTheOne(idsOf(some));
      return isLast ? new Promise(() => undefined) : put.call(this, some);
    };
    events.prototype.publish = async function (this: ChangeEvents, event: ChangeEvent) {
      const dies = isLast;
      await publish.call(this, event);
      if (dies) await die();
    };
  },

  /** All was told; the requests have not been resumed. */
  announced: async () => {
    const announcer = await built<Announcer>('ledger/announcer.js', 'Announcer');
    const { announce } = announcer.prototype;
    announcer.prototype.announce = async function (this: Announcer, some: readonly UserCopy[]) {
      const told = await announce.call(this, some);
      return isTheOne(idsOf(some)) ? die() : told;
    };
  },

  /** The request has been resumed and is about to be answered. */
  'before-answer': async () => {
    const commits = await built<GroupCommit>('ledger/group-commit.js', 'GroupCommit');
    const { submit } = commits.prototype;
    commits.prototype.submit = async function (this: GroupCommit, command) {
      const outcome = await submit.call(this, command);
      if (isTheOne(command.userIds)) await die();
      return outcome as never;
    };
  },
};

if (place) {
  const arm = POINTS[place];
  if (arm === undefined) throw new Error(`CHAOS_KILL_AT knows no ${place}`);
  await arm();
}
