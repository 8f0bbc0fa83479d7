import type { Clock } from '../common/clock.js';
import { BrokerError } from '../common/errors.js';
import type { AccountName } from '../ports/account-record.js';
import type { Committed, UserBatch, UserLedger, UserWrites } from '../ports/user-ledger.port.js';
import type { UserCopy } from '../ports/user-record.js';
import type { Announcer } from './announcer.js';
import { FEED_DELAY_MS } from './belief.js';
import { copyOf } from './user-copy.js';
import { BatchDraft, type UserCommand, UserDraft } from './user-draft.js';

export interface Outcome<Result> {
  readonly result: Result;
  /** Whether the other brokers were told at once; if not, the feed tells them within a second. */
  readonly announced: boolean;
}

export interface GroupCommitOptions {
  /** Transactions in flight at once: one per app, and no more than this. */
  readonly lanes: number;
}

/** Commands per transaction. */
const MAX_BATCH = 512;
/** Commands waiting per app before more are turned away. */
const MAX_WAITING = 20_000;
/** How long a command waits for users that are locked elsewhere. */
const LOCKED_PATIENCE_MS = 5000;
const FIRST_PAUSE_MS = 2;
const LONGEST_PAUSE_MS = 50;

interface Waiting {
  readonly command: UserCommand<unknown>;
  readonly resolve: (outcome: Outcome<unknown>) => void;
  readonly reject: (error: unknown) => void;
  readonly sinceMs: number;
}

type Verdict = { readonly result: unknown } | { readonly error: unknown } | undefined;

interface Queue {
  readonly appId: string;
  waiting: Waiting[];
  running: boolean;
  /** Pause before the next transaction, raised while all that waits is locked elsewhere. */
  pauseMs: number;
}

/**
 * Group commit: commands on users and accounts gather while a transaction of their app is in flight, and the next one
 * carries them all. The cost per command falls as load rises, and no timer adds latency.
 *
 * A user locked elsewhere waits for the next transaction, not the transaction for that user. A
 * command that makes a transaction fail is found by trying each alone.
 */
export class GroupCommit {
  readonly #queues = new Map<string, Queue>();
  /** Apps that have work and no transaction in flight, served in turn. */
  #ready: Queue[] = [];
  #inFlight = 0;
  #scheduled = false;

  constructor(
    private readonly ledger: UserLedger,
    private readonly announcer: Announcer,
    private readonly clock: Clock,
    private readonly options: GroupCommitOptions,
  ) {}

  /**
   * Decides a command in the next transaction of its app and resolves when that has been committed
   * and told. Rejects with what `decide` threw, `ledger_unavailable`, or `overloaded` when too
   * much waits or the user stays locked.
   */
  submit<Result>(command: UserCommand<Result>): Promise<Outcome<Result>> {
    return new Promise<Outcome<Result>>((resolve, reject) => {
      const queue = this.#queue(command.appId);
      if (queue.waiting.length >= MAX_WAITING) {
        reject(new BrokerError('overloaded', 'too many requests wait for the ledger'));
        return;
      }
      queue.waiting.push({
        command,
        resolve: resolve as (outcome: Outcome<unknown>) => void,
        reject,
        sinceMs: this.clock.monotonicMs(),
      });
      if (queue.waiting.length === 1 && !queue.running) this.#makeReady(queue);
    });
  }

  /**
   * The same for what must be true everywhere when it is answered: where the event could not be
   * sent, it resolves when every broker's reading of the feed has told it.
   */
  async submitAndTell<Result>(command: UserCommand<Result>): Promise<Result> {
    const { result, announced } = await this.submit(command);
    if (!announced) await this.clock.sleep(FEED_DELAY_MS);
    return result;
  }

  /** Resolves when nothing waits and nothing is in flight. */
  async drain(): Promise<void> {
    while (this.#inFlight > 0 || this.#ready.length > 0 || this.#busy()) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  #busy(): boolean {
    return [...this.#queues.values()].some(({ waiting, running }) => running || waiting.length > 0);
  }

  #queue(appId: string): Queue {
    let queue = this.#queues.get(appId);
    if (queue === undefined) {
      queue = { appId, waiting: [], running: false, pauseMs: 0 };
      this.#queues.set(appId, queue);
    }
    return queue;
  }

  #makeReady(queue: Queue): void {
    this.#ready.push(queue);
    if (this.#scheduled) return;
    this.#scheduled = true;
    // After the requests that this turn of the event loop has already received.
    setImmediate(() => {
      this.#scheduled = false;
      this.#serve();
    });
  }

  #serve(): void {
    while (this.#inFlight < this.options.lanes) {
      const queue = this.#ready.shift();
      if (queue === undefined) return;
      queue.running = true;
      this.#inFlight += 1;
      void this.#run(queue).finally(() => {
        this.#inFlight -= 1;
        queue.running = false;
        this.#rest(queue);
        this.#serve();
      });
    }
  }

  /** What follows a transaction: the next one, at once or after a pause, or nothing. */
  #rest(queue: Queue): void {
    if (queue.waiting.length === 0) {
      this.#queues.delete(queue.appId);
    } else if (queue.pauseMs === 0) {
      this.#makeReady(queue);
    } else {
      queue.running = true;
      setTimeout(() => {
        queue.running = false;
        this.#makeReady(queue);
      }, queue.pauseMs);
    }
  }

  async #run(queue: Queue): Promise<void> {
    const batch = queue.waiting.splice(0, MAX_BATCH);
    const deferred = await this.#commit(queue.appId, batch);
    const nowMs = this.clock.monotonicMs();
    const still = deferred.filter(({ sinceMs, reject }) => {
      if (nowMs - sinceMs < LOCKED_PATIENCE_MS) return true;
      reject(new BrokerError('overloaded', 'the user is being changed elsewhere; try again'));
      return false;
    });
    queue.waiting = requeued(still, queue.waiting);
    const stuck = still.length === batch.length;
    queue.pauseMs = stuck ? Math.min(queue.pauseMs * 2 || FIRST_PAUSE_MS, LONGEST_PAUSE_MS) : 0;
  }

  /** Runs one transaction and settles its commands; returns those that must wait for another. */
  async #commit(appId: string, batch: readonly Waiting[]): Promise<readonly Waiting[]> {
    let draft: BatchDraft | undefined;
    let verdicts: Verdict[] = [];
    let writes: UserWrites | undefined;
    let committed: Committed;
    try {
      committed = await this.ledger.change({
        appId,
        ...needsOf(batch),
        decide: (locked) => {
          draft = new BatchDraft(locked);
          verdicts = decideAll(draft, batch);
          writes = draft.writes();
          return writes;
        },
      });
    } catch (error) {
      return this.#failed(appId, batch, error);
    }

    const lost = new Set<string>();
    const copies: UserCopy[] = [];
    for (const { userId, record } of writes?.users ?? []) {
      if (committed.written.has(userId)) copies.push(copyOf({ appId, userId }, record, committed));
      else lost.add(userId);
    }
    void this.#tell(batch, verdicts, lost, copies);
    return batch.filter(({ command }, index) => isDeferred(command, verdicts[index], lost));
  }

  /** The next transaction does not wait for this: it is what each requester waits for. */
  async #tell(
    batch: readonly Waiting[],
    verdicts: readonly Verdict[],
    lost: ReadonlySet<string>,
    copies: readonly UserCopy[],
  ): Promise<void> {
    const announced = copies.length === 0 || (await this.announcer.announce(copies));
    for (const [index, { command, resolve, reject }] of batch.entries()) {
      const verdict = verdicts[index];
      if (verdict === undefined || isDeferred(command, verdict, lost)) continue;
      if ('error' in verdict) reject(verdict.error);
      else resolve({ result: verdict.result, announced });
    }
  }

  async #failed(
    appId: string,
    batch: readonly Waiting[],
    error: unknown,
  ): Promise<readonly Waiting[]> {
    const outage = error instanceof BrokerError && error.code === 'ledger_unavailable';
    if (outage || batch.length === 1) {
      for (const { reject } of batch) reject(error);
      return [];
    }
    const deferred: Waiting[] = [];
    for (const one of batch) deferred.push(...(await this.#commit(appId, [one])));
    return deferred;
  }
}

function decideAll(draft: BatchDraft, batch: readonly Waiting[]): Verdict[] {
  return batch.map(({ command }): Verdict => {
    if (!draft.holds(command)) return undefined;
    const view = new UserDraft(draft, command.appId);
    try {
      const result = command.decide(view);
      view.keep();
      return { result };
    } catch (error) {
      return { error };
    }
  });
}

/**
 * Deferred commands come first again, unless they would crowd a transaction: then others, which
 * touch none of their users, go before them. Commands of one user keep their order.
 */
function requeued(deferred: readonly Waiting[], waiting: readonly Waiting[]): Waiting[] {
  if (deferred.length <= MAX_BATCH / 2) return [...deferred, ...waiting];
  const held = new Set(deferred.flatMap(({ command }) => touched(command)));
  const isHeld = ({ command }: Waiting) => {
    const ids = touched(command);
    const touches = ids.some((id) => held.has(id));
    if (touches) for (const id of ids) held.add(id);
    return touches;
  };
  const behind = new Set(waiting.filter(isHeld));
  return [...waiting.filter((one) => !behind.has(one)), ...deferred, ...behind];
}

/** The users and accounts that a command may touch. */
function touched({ userIds, accountIds = [] }: UserCommand<unknown>): readonly string[] {
  return accountIds.length === 0 ? userIds : [...userIds, ...accountIds];
}

/** Locked elsewhere, or decided on the assumption of a user that somebody else created meanwhile. */
function isDeferred(
  command: UserCommand<unknown>,
  verdict: Verdict,
  lost: ReadonlySet<string>,
): boolean {
  if (verdict === undefined) return true;
  return lost.size > 0 && command.userIds.some((userId) => lost.has(userId));
}

/** What a transaction must lock and read for its commands. */
function needsOf(batch: readonly Waiting[]): Omit<UserBatch, 'appId' | 'decide'> {
  const userIds = new Set<string>();
  const accountIds = new Set<string>();
  const names = new Set<AccountName>();
  const idempotencyKeys = new Set<string>();
  const revocationsOf = new Set<string>();
  let whole = false;
  let withProfiles = false;
  for (const { command } of batch) {
    for (const userId of command.userIds) userIds.add(userId);
    if (command.idempotencyKey !== undefined) idempotencyKeys.add(command.idempotencyKey);
    if (command.accountIds !== undefined) {
      for (const accountId of command.accountIds) accountIds.add(accountId);
      // What changes an account must not be decided again because of a user.
      whole = true;
    }
    if (command.names !== undefined) for (const name of command.names) names.add(name);
    if (command.userIds.length > 1) whole = true;
    if (command.needsProfiles === true) withProfiles = true;
    if (command.needsRevocations === true) {
      for (const userId of command.userIds) revocationsOf.add(userId);
    }
  }
  return {
    userIds: [...userIds].toSorted(),
    idempotencyKeys: [...idempotencyKeys].toSorted(),
    revocationsOf: [...revocationsOf],
    accountIds: [...accountIds].toSorted(),
    names: [...names].toSorted(),
    whole,
    withProfiles,
  };
}
