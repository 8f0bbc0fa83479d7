import type { FeedReading, UserChange } from '../../../src/ports/feed-ledger.port.js';
import type { UserCopy, UserRef } from '../../../src/ports/user-record.js';
import { userCopy } from '../../support/user-copies.js';

interface Transaction {
  readonly xid: number;
  /** Users whose versions it raises; none: a stranger's, which only runs. */
  readonly users: readonly string[];
  /** When its row of the feed was written, and what had ended by then. */
  written?: { readonly atMs: number; readonly horizon: number };
}

interface Row {
  readonly position: number;
  readonly users: readonly UserChange[];
  readonly atMs: number;
  readonly horizon: number;
}

interface State {
  readonly nextXid: number;
  readonly versions: ReadonlyMap<string, number>;
  readonly rows: readonly Row[];
}

const APP = 'default';

/**
 * A ledger whose transactions commit in another order than they began, as PostgreSQL's do, and may
 * run for ever. Written without a look at the real ones.
 */
export class LedgerModel {
  incarnation = 1;
  nowMs = 1_000_000;
  #nextXid = 100;
  #running: Transaction[] = [];
  #versions = new Map<string, number>();
  #rows: Row[] = [];
  #past: State[] = [];

  get versions(): ReadonlyMap<string, number> {
    return this.#versions;
  }

  /** The number below which every transaction has ended. */
  get horizon(): number {
    return Math.min(this.#nextXid, ...this.#running.map(({ xid }) => xid));
  }

  begin(users: readonly string[]): void {
    this.#running.push({ xid: this.#nextXid++, users });
  }

  /** One of those that run writes its row of the feed, which nobody sees yet. */
  write(which: number): void {
    const transaction = this.#running[which % this.#running.length];
    if (transaction !== undefined) {
      transaction.written ??= { atMs: this.nowMs, horizon: this.horizon };
    }
  }

  /** One of those that run ends. Returns what it changed. */
  end(which: number, commits: boolean): readonly UserChange[] {
    if (this.#running.length === 0) return [];
    this.write(which);
    const [transaction] = this.#running.splice(which % this.#running.length, 1);
    if (transaction?.written === undefined || transaction.users.length === 0 || !commits) return [];
    this.#past.push({
      nextXid: this.#nextXid,
      versions: new Map(this.#versions),
      rows: [...this.#rows],
    });
    const users = transaction.users.map((userId): UserChange => {
      const version = (this.#versions.get(userId) ?? 0) + 1;
      this.#versions.set(userId, version);
      return { appId: APP, userId, version };
    });
    this.#rows.push({ position: transaction.xid, users, ...transaction.written });
    return users;
  }

  /** The youngest of those that run commits. */
  endLast(): readonly UserChange[] {
    return this.end(this.#running.length - 1, true);
  }

  /** What a snapshot, `behind`, does not show; without one, what `from` and later numbers told. */
  read(from: number, behind?: string): FeedReading {
    const [upTo, ...running] = (behind ?? `${from}`).split(' ').map(Number);
    const isNews = ({ position }: Row) => position >= (upTo ?? 0) || running.includes(position);
    return {
      incarnation: this.incarnation,
      position: this.horizon,
      upTo: this.#nextXid,
      mark: [this.#nextXid, ...this.#running.map(({ xid }) => xid)].join(' '),
      nowMs: this.nowMs,
      users: this.#rows.filter(isNews).flatMap(({ users }) => users),
      control: false,
    };
  }

  startingPosition(ms: number): number {
    const young = this.#rows.filter(({ atMs }) => atMs >= this.nowMs - ms);
    return Math.min(this.horizon, ...young.map(({ position }) => position));
  }

  trim(ms: number): void {
    const isOld = ({ atMs }: Row) => atMs < this.nowMs - ms;
    const horizon = Math.max(0, ...this.#rows.filter(isOld).map((row) => row.horizon));
    this.#rows = this.#rows.filter((row) => !isOld(row) || row.position >= horizon);
  }

  copy(userId: string): UserCopy {
    const { incarnation, horizon: position } = this;
    return userCopy({ userId, incarnation, position, version: this.#versions.get(userId) ?? 0 });
  }

  /** Another server takes over that lacks the last commits; what ran is gone. */
  failOver(lost: number): void {
    const state = this.#past.at(-1 - lost) ?? this.#past.at(-1);
    if (state === undefined) return;
    this.incarnation += 1;
    this.#running = [];
    this.#nextXid = state.nextXid;
    this.#versions = new Map(state.versions);
    this.#rows = [...state.rows];
    this.#past = [];
  }
}

export const ref = (userId: string): UserRef => ({ appId: APP, userId });
