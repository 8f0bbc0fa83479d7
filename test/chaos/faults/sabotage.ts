/*
 * Loaded into a broker ahead of it (`node --import`), to break a promise on purpose: what the
 * harness doesn't notice here, it would not notice elsewhere. Node runs this file as it is, so it
 * imports nothing of the tests.
 *
 *   CHAOS_SABOTAGE  which one: see SABOTAGES; nothing happens without it
 */
import type { UserBatch, UserLedger } from '../../../src/ports/user-ledger.port.js';
import type { UserRecord } from '../../../src/ports/user-record.js';
import type { ChangeEvents } from '../../../src/ports/change-events.port.js';
import type { FeedWindow } from '../../../src/ledger/belief.js';

type Class<T> = { readonly prototype: T };

async function built<T>(path: string, name: string): Promise<T> {
  const module: unknown = await import(new URL(`../../../dist/${path}`, import.meta.url).href);
  return (module as Record<string, Class<T>>)[name]!.prototype;
}

/** Changes what is written of a user, behind the back of what was decided. */
async function withRecords(change: (record: UserRecord) => UserRecord): Promise<void> {
  const path = 'stores/sql/postgres/postgres-user-ledger.js';
  const ledger = await built<UserLedger>(path, 'PostgresUserLedger');
  const honest = ledger.change;
  ledger.change = function (this: UserLedger, batch: UserBatch) {
    const decide: UserBatch['decide'] = (locked) => {
      const writes = batch.decide(locked);
      for (const user of writes.users) Object.assign(user, { record: change(user.record) });
      return writes;
    };
    return honest.call(this, { ...batch, decide });
  };
}

export const SABOTAGES: Readonly<Record<string, () => Promise<void>>> = {
  /** Hears no events: news come with the feed only. */
  deaf: async () => {
    const path = 'stores/redis/redis-change-events.js';
    const events = await built<ChangeEvents>(path, 'RedisChangeEvents');
    events.subscribe = () => () => undefined;
  },

  /** Believes every copy that it ever had. */
  credulous: async () => {
    const window = await built<FeedWindow>('ledger/belief.js', 'FeedWindow');
    window.disbelief = () => undefined;
    window.contradiction = () => undefined;
  },

  /** Says yes to revocations and ends nothing. */
  forgetful: () =>
    withRecords((record) => ({
      ...record,
      sessions: record.sessions.map((session) => ({ ...session, revoked: false })),
    })),

  /** Kicks whoever is there, though the policy says to let them be. */
  jealous: () =>
    withRecords((record) => {
      const [newest, ...others] = record.sessions;
      if (newest === undefined) return record;
      const kicked = { cause: 'kicked', by: newest.id, endedAt: newest.startedAt } as const;
      const ended = others.map((session) => ({ session, ...kicked }));
      return { ...record, sessions: [newest], ended: [...ended, ...record.ended] };
    }),
};

const { CHAOS_SABOTAGE: chosen } = process.env;
if (chosen) await SABOTAGES[chosen]!();
