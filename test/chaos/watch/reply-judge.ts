import type { Reply } from '../house/broker-caller.js';
import type { Bounds } from './bounds.js';
import type { Checker } from './checker.js';

export interface Call {
  readonly what: 'mint' | 'check' | 'revocation' | 'restore' | 'renewal' | 'inspection';
  readonly broker: number;
  readonly began: number;
  readonly answered: number;
}

/** What a broker says of a defect of its own (`api/to-broker-error.ts`): never right. */
const DEFECT = /something went wrong here/;
/** A user locked by a broker that was stopped in the middle of a transaction. */
const LOCKED = /changed elsewhere/;

/**
 * Judges how calls were answered, whatever they were answered:
 *
 * - That the broker can't now (503, OpenIM's 500) is right only while the ledger is out or was a
 *   moment ago; that it says nothing, only while it is stopped or killed itself. With Redis alone in
 *   trouble everything goes on.
 * - What goes on is answered in time, too, and so is that the ledger is out.
 */
export class ReplyJudge {
  /** Answers that said that the broker can't now, and calls that were not answered. */
  readonly counts = { unavailable: 0, silent: 0 };
  /**
   * The slowest answers in milliseconds: in calm and in trouble with the ledger there, and that the
   * ledger is out.
   */
  readonly slowestMs = { calm: 0, troubled: 0, unavailable: 0 };

  constructor(
    private readonly checker: Checker,
    private readonly bounds: Bounds,
  ) {}

  judge(call: Call, reply: Reply<unknown>): void {
    if (reply.kind === 'unavailable') this.#unavailable(call, reply.why);
    else if (reply.kind === 'silent') this.#silent(call, reply.why);
    else this.#answered(call);
  }

  #unavailable(call: Call, why: string): void {
    const { began, answered, broker } = call;
    this.counts.unavailable += 1;
    this.slowestMs.unavailable = Math.max(this.slowestMs.unavailable, answered - began);
    const isRight =
      !DEFECT.test(why) &&
      (this.bounds.mayLackLedger(began, answered, broker) ||
        this.bounds.seemedOut(began, answered, broker) ||
        (LOCKED.test(why) && this.bounds.mayHoldLocks(began, answered)));
    if (!isRight) this.checker.report('needless-error', `${nameOf(call)}: ${why}`);
    // A lock is waited for longer, and a broker that was stopped answers when it goes on.
    if (LOCKED.test(why) || this.bounds.mayHoldLocks(began, answered)) return;
    if (answered - began > this.bounds.unavailableMs(began, answered, broker)) {
      const tookMs = Math.round(answered - began);
      this.checker.report('too-slow', `${nameOf(call)}: ${tookMs} ms until: ${why}`);
    }
  }

  #silent(call: Call, why: string): void {
    const { began, answered, broker } = call;
    this.counts.silent += 1;
    if (this.bounds.mayBeSilent(began, answered, broker)) return;
    this.checker.report('needless-error', `${nameOf(call)}: no answer: ${why}`);
  }

  #answered(call: Call): void {
    const { what, began, answered, broker } = call;
    // A broker that is stopped answers when it goes on, and others may wait for its locks.
    if (this.bounds.mayLackLedger(began, answered, broker)) return;
    if (this.bounds.mayHoldLocks(began, answered)) return;
    const tookMs = answered - began;
    const when = this.bounds.isCalm(began, answered) ? 'calm' : 'troubled';
    this.slowestMs[when] = Math.max(this.slowestMs[when], tookMs);
    const kind = what === 'revocation' ? 'revocation' : 'other';
    const allowedMs = this.bounds.answerMs(kind, began, answered, broker);
    if (tookMs <= allowedMs) return;
    this.checker.report('too-slow', `${nameOf(call)}: ${Math.round(tookMs)} ms`);
  }
}

function nameOf({ what, broker, began }: Call): string {
  return `a ${what} on broker ${broker} at ${Math.round(began)} ms`;
}
