import {
  type Committed,
  type EndedSession,
  type IdempotencyRecord,
  type StoredUser,
  type UserBatch,
  UserLedger,
  type UserPageEntry,
  type UserReading,
} from '../../src/ports/user-ledger.port.js';
import type { UserRef } from '../../src/ports/user-record.js';

/** A transaction under way: who runs it decides how it goes on. */
export interface HeldTransaction {
  readonly batch: UserBatch;
  /** Decides and commits. Users named in `lost` were created by somebody else meanwhile. */
  commit(lost?: readonly string[]): void;
  fail(error: unknown): void;
}

/**
 * A users' ledger in memory whose transactions and readings a test holds, lets go and fails: for
 * what must not depend on how fast a real one is. The real ones have tests of their own.
 */
export class ScriptedUserLedger extends UserLedger {
  readonly users = new Map<string, StoredUser>();
  readonly idempotency = new Map<string, IdempotencyRecord>();
  readonly ended: EndedSession[] = [];
  /** Users that somebody else has locked. */
  readonly locked = new Set<string>();
  /** Every batch that began, as its user ids. */
  readonly began: (readonly string[])[] = [];
  /** Every reading that began, as its user ids. */
  readonly readings: (readonly string[])[] = [];
  /** Set: transactions wait here until they are let go. */
  hold: ((transaction: HeldTransaction) => void) | undefined;
  /** Set: readings wait for it. */
  holdReading: (() => Promise<void>) | undefined;
  /** Fails a batch, as a row that can't be written does. */
  poison: ((batch: UserBatch) => Error | undefined) | undefined;

  override change(batch: UserBatch): Promise<Committed> {
    this.began.push(batch.userIds);
    return new Promise((resolve, reject) => {
      const transaction: HeldTransaction = {
        batch,
        commit: (lost = []) => {
          resolve(Promise.resolve().then(() => this.#commit(batch, new Set(lost))));
        },
        fail: reject,
      };
      if (this.hold === undefined) setImmediate(() => transaction.commit());
      else this.hold(transaction);
    });
  }

  #commit(batch: UserBatch, lost: ReadonlySet<string>): Committed {
    const free = batch.userIds.filter((userId) => !this.locked.has(userId));
    const writes = batch.decide({
      nowMs: 1_800_000_000_000,
      epoch: 1,
      users: new Map(free.map((userId) => [userId, this.users.get(userId)])),
      idempotency: this.idempotency,
      revokedEpoch: -1,
      revocations: [],
      accounts: new Map(),
      names: new Map(),
    });
    const failure = this.poison?.(batch);
    if (failure !== undefined) throw failure;
    const written = new Set<string>();
    for (const { userId, record, profile } of writes.users) {
      if (lost.has(userId)) continue;
      const known = profile ?? this.users.get(userId)?.profile;
      this.users.set(userId, {
        record,
        profile: known ?? { nickname: '', faceUrl: '', ex: '' },
        createdAt: 0,
      });
      written.add(userId);
    }
    for (const userId of lost) this.#createdElsewhere(userId);
    for (const row of writes.idempotency) {
      if (written.has(row.userId)) this.idempotency.set(row.key, row);
    }
    this.ended.push(...writes.ended.filter(({ userId }) => written.has(userId)));
    return { incarnation: 1, position: this.began.length, written };
  }

  #createdElsewhere(userId: string): void {
    const record = { version: 1, status: 'active', role: '', sessions: [], ended: [] } as const;
    this.users.set(userId, {
      record,
      profile: { nickname: 'theirs', faceUrl: '', ex: '' },
      createdAt: 0,
    });
  }

  override async read(users: readonly UserRef[]): Promise<UserReading> {
    this.readings.push(users.map(({ userId }) => userId));
    const found = users.map(({ userId }) => this.users.get(userId));
    await this.holdReading?.();
    return { incarnation: 1, position: this.readings.length, users: found };
  }

  override findSessionOwner(): Promise<string | undefined> {
    return Promise.resolve(undefined);
  }

  override endedSession(): Promise<EndedSession | undefined> {
    return Promise.resolve(undefined);
  }

  override page(): Promise<readonly UserPageEntry[]> {
    return Promise.resolve([]);
  }

  override sweep(): Promise<number> {
    return Promise.resolve(0);
  }
}
