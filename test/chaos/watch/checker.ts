import { Restore, Revocation } from '../model/revocation.js';
import { SEEN, type Ender, type Session } from '../model/session.js';
import { type Bounds, BEHIND_MS, NEWS_MS } from './bounds.js';
import type { Promised, Violation } from './violation.js';

/** What a broker said of a token. */
export interface CheckAnswer {
  readonly session: Session;
  readonly broker: number;
  /** When the check was about to be sent. */
  readonly began: number;
  readonly answered: number;
  readonly verdict: 'accepted' | 'ended' | { readonly refusedAs: string };
}

/** How soon a change was known elsewhere, while events flowed. */
export interface NewsTally {
  /** Checks that began between the news bound and a second after the change. */
  judged: number;
  /** Of these, those that still passed within the margin for a busy machine. */
  withinMargin: number;
  /** Of these, those for which a stall was measured that explains them. */
  stalled: number;
}

/**
 * Judges every check that was answered:
 *
 * 1. None that began a second after the end of its session was acknowledged accepts it; nor, while
 *    events flow, 50 ms after (plus a margin, see `bounds.ts`); nor, with the ledger and Redis out,
 *    when the grace and a second have passed.
 * 2. None ever refuses a session whose mint was acknowledged and that nothing acknowledged or
 *    unknown has ended. What is unknown is settled by the first refusal: from then on it is 1.
 * 3. A refusal's reason is that the session was ended: nothing else happens to these tokens.
 * 4. Under policy 1, of two sessions on one platform not both are accepted.
 */
export class Checker {
  readonly violations: Violation[] = [];
  readonly news: NewsTally = { judged: 0, withinMargin: 0, stalled: 0 };

  constructor(private readonly bounds: Bounds) {}

  report(promised: Promised, what: string): void {
    this.violations.push({ promised, what });
  }

  judge(check: CheckAnswer): void {
    const { session, verdict } = check;
    if (check.answered >= session.judgedUntil) return;
    if (verdict === 'accepted') this.#accepted(check);
    else if (verdict === 'ended') this.#refused(check);
    else this.#tell('wrong-reason', check, `refused as ${verdict.refusedAs}`);
  }

  #accepted(check: CheckAnswer): void {
    const { session, began, answered } = check;
    for (const [ender, since] of session.ends) {
      const lateMs = began - since;
      if (lateMs >= this.#boundMs(ender, since, answered)) {
        this.#tell('ended-accepted', check, `accepted ${ms(lateMs)} after ${nameOf(ender)}`);
      } else if (ender !== SEEN && lateMs >= NEWS_MS) {
        this.#judgeNews(check, ender, lateMs);
      }
    }
    this.#judgePair(check);
  }

  #boundMs(ender: Ender, since: number, answered: number): number {
    const told = ender === SEEN ? 'untold' : 'told';
    return this.bounds.afterChangeMs(sentAt(ender, since), answered, told);
  }

  #judgeNews(check: CheckAnswer, ender: Exclude<Ender, typeof SEEN>, lateMs: number): void {
    const { broker, answered } = check;
    if (lateMs < BEHIND_MS) this.news.judged += 1;
    const allowedMs = this.bounds.newsMs(ender.sentAt, broker, answered);
    if (allowedMs === undefined) return;
    if (lateMs >= allowedMs) {
      this.#tell('news-late', check, `accepted ${ms(lateMs)} after ${nameOf(ender)}`);
    } else if (this.bounds.stallMs(ender.sentAt, answered, broker) >= lateMs - NEWS_MS) {
      this.news.stalled += 1;
    } else {
      this.news.withinMargin += 1;
    }
  }

  #judgePair(check: CheckAnswer): void {
    const { session, began, answered } = check;
    const { slot } = session;
    session.passedAt = Math.max(session.passedAt, began);
    if (slot.app.keep !== 1) return;
    for (const other of slot.sessions) {
      if (other === session || other.mint.ackedAt === undefined) continue;
      const bothSince = Math.max(session.mint.ackedAt ?? Infinity, other.mint.ackedAt);
      const bothPassedAt = Math.min(session.passedAt, other.passedAt);
      if (bothPassedAt - bothSince >= this.bounds.afterChangeMs(bothSince, answered, 'told')) {
        this.#tell('two-on-a-platform', check, `accepted, and so is ${other.name}`);
      }
    }
  }

  #refused(check: CheckAnswer): void {
    const { session, began, answered } = check;
    const settled =
      session.restoredAt + this.bounds.afterChangeMs(session.restoredAt, answered, 'told');
    if (session.isSurelyGood) {
      // After a restore, a copy from before it may be believed for as long as any other.
      if (began >= settled) this.#tell('good-refused', check, 'refused as ended');
      return;
    }
    this.#countNews(session, began);
    // What is unknown has happened, unless the refusal was for something that is being taken back.
    const mayBeRestored = [...session.doubts].some((act) => act instanceof Restore);
    if (session.ends.size === 0 && began >= settled && !mayBeRestored) {
      session.ends.set(SEEN, answered);
    }
  }

  #countNews(session: Session, began: number): void {
    const { endedSince } = session;
    if (endedSince === undefined) return;
    const afterMs = began - endedSince;
    if (afterMs >= NEWS_MS && afterMs < BEHIND_MS) this.news.judged += 1;
  }

  #tell(promised: Promised, { session, broker, began }: CheckAnswer, what: string): void {
    this.report(promised, `broker ${broker} at ${ms(began)}: ${session.name} ${what}`);
  }
}

/** When what ended it was asked for. */
function sentAt(ender: Ender, since: number): number {
  return ender === SEEN ? since : ender.sentAt;
}

function nameOf(ender: Ender): string {
  if (ender === SEEN) return 'it was seen refused';
  return ender instanceof Revocation
    ? 'its revocation was acknowledged'
    : 'a later mint was acknowledged';
}

function ms(milliseconds: number): string {
  return `${Math.round(milliseconds)} ms`;
}
