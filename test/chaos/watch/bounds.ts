import { AFTERMATH_MS, type Timeline } from './timeline.js';

/** No broker is further behind the ledger than this, whatever fails but the ledger and Redis at once. */
export const BEHIND_MS = 1000;
/** Nor than this while events flow, on a machine that has a core for whoever wants one. */
export const NEWS_MS = 50;
/**
 * What is added to that on the machines that tests run on, where brokers, PostgreSQL, Redis and the
 * harness share a core or two. It is below the time between two readings of the feed (250 ms), so
 * lost events still show.
 */
export const NEWS_MARGIN_MS = 100;

/** `checks.ledgerGraceSeconds` of the brokers under test. */
export const GRACE_SECONDS = 3;
/** A check in a broker that nobody can tell anything never goes by what it knew longer than this. */
const GRACE_MS = GRACE_SECONDS * 1000 + BEHIND_MS;

/** Tells how long responses took (see `Pulse`). */
export interface Measured {
  worstMs(from: number, until: number): number;
}

export interface Pulses {
  readonly harness: Measured;
  readonly redis: Measured;
  readonly ledger: Measured;
  readonly brokers: readonly Measured[];
}

/**
 * How long after an acknowledged change a check may still go by what was before. Both moments are
 * the harness's: the change's answer received, the check about to be sent. So the time between them
 * is never longer than what the broker had, and a harness that is held up makes no bound tighter.
 */
export class Bounds {
  constructor(
    private readonly timeline: Timeline,
    private readonly pulses: Pulses,
  ) {}

  /**
   * The bound that holds whatever the machine does: how old a copy is, is tested by the clock at
   * the check itself, so a stall can't stretch it and nothing is added for one.
   *
   * A broker that has lost the ledger goes on only while it hears every event, so what was told is
   * known within the second also there. `told`: whether an answer says so; what was only seen to
   * have happened may have been told to nobody.
   */
  afterChangeMs(changedAt: number, checkAnsweredAt: number, told: 'told' | 'untold'): number {
    if (!this.timeline.wasOut('ledger', changedAt, checkAnsweredAt)) return BEHIND_MS;
    const mayBeUntold =
      told === 'untold' || this.timeline.wasOut('redis', changedAt, checkAnsweredAt);
    return mayBeUntold ? GRACE_MS : BEHIND_MS;
  }

  /**
   * The bound while events flow; undefined when they may not have all the time since the change was
   * asked for. Here a process that waits for a core does count: by as much as was measured.
   */
  newsMs(changeSentAt: number, broker: number, checkAnsweredAt: number): number | undefined {
    if (!this.timeline.wasCalm(changeSentAt, checkAnsweredAt)) return undefined;
    return NEWS_MS + NEWS_MARGIN_MS + this.stallMs(changeSentAt, checkAnsweredAt, broker);
  }

  /** How long the harness, Redis and a broker, one after the other, were measured to be held up. */
  stallMs(from: number, until: number, broker: number): number {
    const { harness, redis, brokers } = this.pulses;
    return sumOfWorst([harness, redis, brokers[broker]!], from, until);
  }

  /**
   * How long a call may take that needs nothing which is out: some waits of the broker's own for a
   * Redis that doesn't answer (250 ms each), for a revocation also the second until the feed has
   * told it. A slow disk and a busy machine count, as measured.
   */
  answerMs(call: 'revocation' | 'other', from: number, until: number, broker: number): number {
    const { harness, ledger, brokers } = this.pulses;
    const stallMs = sumOfWorst([harness, ledger, brokers[broker]!], from, until);
    return (call === 'revocation' ? 3000 : 2000) + stallMs;
  }

  /**
   * How long it may take a broker to say that the ledger is out: readings of the feed begin four
   * times a second and fail after one, and then nobody waits for the ledger any more.
   */
  unavailableMs(from: number, until: number, broker: number): number {
    const { harness, brokers } = this.pulses;
    return 2500 + sumOfWorst([harness, brokers[broker]!], from, until);
  }

  /**
   * Whether the ledger, or the broker on its way to it, was measured to be held up for so long that
   * the broker had to take it for out: its copies are a second old, its patience is two.
   */
  seemedOut(from: number, until: number, broker: number): boolean {
    const { harness, ledger, brokers } = this.pulses;
    return sumOfWorst([harness, ledger, brokers[broker]!], from - 2000, until) >= BEHIND_MS;
  }

  /** Whether nothing was wrong all the time, nor just before. */
  isCalm(from: number, until: number): boolean {
    return this.timeline.wasCalm(from, until);
  }

  /** Whether a broker may have to say that the ledger is out: it is, or was a moment ago. */
  mayLackLedger(from: number, until: number, broker: number): boolean {
    return this.timeline.during(from, until).some(
      (trouble) =>
        trouble.realms.includes('ledger') ||
        // One that was stopped has lost its connections, and begins by finding that out.
        (trouble.realms.includes('broker') && trouble.broker === broker),
    );
  }

  /** Whether a broker may not answer at all. */
  mayBeSilent(from: number, until: number, broker: number): boolean {
    return this.timeline
      .during(from, until)
      .some((trouble) => trouble.realms.includes('broker') && trouble.broker === broker);
  }

  /** Whether a broker that was stopped in a transaction may keep users locked for a while. */
  mayHoldLocks(from: number, until: number): boolean {
    return this.timeline
      .during(from, until, AFTERMATH_MS + LOCKS_MS)
      .some(({ realms }) => realms.includes('broker'));
  }
}

/** After that PostgreSQL ends a transaction whose client says nothing. */
const LOCKS_MS = 5000;

function sumOfWorst(pulses: readonly Measured[], from: number, until: number): number {
  return pulses.reduce((sum, pulse) => sum + pulse.worstMs(from, until), 0);
}
