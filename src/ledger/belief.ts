import type { FeedReading, UserChange } from '../ports/feed-ledger.port.js';
import { type UserCopy, userKey } from '../ports/user-record.js';

/** A reading of the feed must have begun less than this long ago for copies to be believed. */
export const FRESH_MS = 1000;

/**
 * How long after a commit no broker believes a copy that lacks it any more, whatever became of the
 * event. Timers may fire a little early.
 */
export const FEED_DELAY_MS = FRESH_MS + 5;

const GENERATIONS = 15;

/** How much longer than the window the feed is kept for certain (see `LedgerUpkeep`). */
const SLACK_MS = 60_000;

interface Newest {
  version: number;
  generation: Generation;
}

/** A stretch of the feed: what was read since the readings before it, which ended at `start`. */
interface Generation {
  readonly start: number;
  readonly beganAtMs: number;
  readonly keys: Set<string>;
}

export type Disbelief = 'stale_reading' | 'other_incarnation' | 'outside_window' | 'newer_version';

/**
 * What this broker knows of the feed, and so which copies of users it may believe. Pure: time comes
 * in as monotonic milliseconds.
 *
 * A copy is believed if
 * 1. the last successful reading began less than a second ago,
 * 2. it was read from this incarnation of the ledger, at a position within the window kept,
 * 3. no newer version of its user is named within the window.
 *
 * Why that suffices: a change that the copy lacks was either committed at or after the copy's
 * position, and then the window, which reaches back to before it, names it as soon as a reading
 * begins after the commit; or the last reading began before the commit, and that was less than a
 * second ago. So whatever was put late, lost, doubled or wiped, a believed copy is at most a
 * second behind the ledger.
 */
export class FeedWindow {
  #incarnation = -1;
  #position = 0;
  #upTo = 0;
  #mark: string | undefined;
  #readingBeganAtMs = -Infinity;
  /** When the position was learnt, by the ledger's clock. */
  #positionAtMs = Infinity;
  #generations: Generation[] = [];
  readonly #newest = new Map<string, Newest>();

  constructor(
    private readonly windowMs: number,
    private readonly slackMs = SLACK_MS,
  ) {}

  /** Where the next reading starts. */
  get position(): number {
    return this.#position;
  }

  /** What the last reading saw, behind which the next one goes on; undefined before the first. */
  get mark(): string | undefined {
    return this.#mark;
  }

  get incarnation(): number {
    return this.#incarnation;
  }

  /** When the last successful reading began; minus infinity before the first. */
  get readingBeganAtMs(): number {
    return this.#readingBeganAtMs;
  }

  /** Milliseconds since the last successful reading began; infinite before the first. */
  ageMs(nowMs: number): number {
    return nowMs - this.#readingBeganAtMs;
  }

  /** How many users the window names. */
  get size(): number {
    return this.#newest.size;
  }

  /**
   * Begins anew at a position that was asked for after `askedAtMs` by the ledger's clock: everything
   * known is forgotten, and nothing is believed until the first reading from there.
   */
  restart(position: number, askedAtMs: number): void {
    this.#incarnation = -1;
    this.#position = position;
    this.#upTo = position;
    this.#mark = undefined;
    this.#readingBeganAtMs = -Infinity;
    this.#positionAtMs = askedAtMs;
    this.#generations = [];
    this.#newest.clear();
  }

  /**
   * Takes in a reading that began at `beganAtMs`, from {@link position} and behind {@link mark}. Returns false,
   * having forgotten everything, when it does not join on to what is known: the ledger is another
   * than before, or so much time has passed that rows may have been trimmed before they were read.
   * The caller then restarts.
   */
  take(reading: FeedReading, beganAtMs: number): boolean {
    const isOther = this.#incarnation !== -1 && reading.incarnation !== this.#incarnation;
    if (isOther || this.#hasGap(reading)) {
      this.restart(reading.position, reading.nowMs);
      return false;
    }
    this.#incarnation = reading.incarnation;
    this.#positionAtMs = reading.nowMs;
    this.#openGeneration(beganAtMs);
    for (const change of reading.users) this.#note(change);
    this.#position = reading.position;
    this.#upTo = reading.upTo;
    this.#mark = reading.mark;
    this.#readingBeganAtMs = beganAtMs;
    this.#forget(beganAtMs);
    return true;
  }

  /**
   * Takes in news that came ahead of the feed. It can only make copies less believed, so it needs
   * no guarantee of its own.
   */
  hear(changes: readonly UserChange[]): void {
    if (this.#generations.length === 0) return;
    for (const change of changes) this.#note(change);
  }

  /**
   * Why a copy is not believed, or undefined when it is. `key`: the copy's `userKey`, from whoever
   * has it at hand.
   */
  disbelief(copy: UserCopy, nowMs: number, key = userKey(copy)): Disbelief | undefined {
    if (this.ageMs(nowMs) >= FRESH_MS) return 'stale_reading';
    return this.contradiction(copy, key);
  }

  /** Conditions 2 and 3 alone: what was true when the last reading began. */
  contradiction(copy: UserCopy, key = userKey(copy)): Disbelief | undefined {
    if (copy.incarnation !== this.#incarnation) return 'other_incarnation';
    const oldest = this.#generations[0];
    if (oldest === undefined || copy.position < oldest.start) return 'outside_window';
    const newest = this.#newest.get(key);
    if (newest !== undefined && newest.version > copy.version) return 'newer_version';
    return undefined;
  }

  /**
   * Whether rows that this reading should have told may have been trimmed before. The position to
   * begin from reaches back a whole window, that of a reading doesn't. By the ledger's clock, as
   * the trimming is: this machine's stands still while it is suspended.
   */
  #hasGap(reading: FeedReading): boolean {
    const isFirst = this.#incarnation === -1;
    const allowedMs = isFirst ? this.slackMs : this.windowMs + this.slackMs;
    return reading.nowMs - this.#positionAtMs >= allowedMs;
  }

  #note(change: UserChange): void {
    const generation = this.#generations.at(-1);
    if (generation === undefined) return;
    const key = userKey(change);
    const newest = this.#newest.get(key);
    // Most changes are told three times: by ourselves, by the event, and by the feed.
    if (newest?.generation === generation && newest.version >= change.version) return;
    if (newest === undefined) {
      this.#newest.set(key, { version: change.version, generation });
    } else {
      if (change.version > newest.version) newest.version = change.version;
      newest.generation = generation;
    }
    generation.keys.add(key);
  }

  /** Rows from where the readings before it ended are all in this generation or in later ones. */
  #openGeneration(nowMs: number): void {
    const last = this.#generations.at(-1);
    if (last === undefined || nowMs - last.beganAtMs >= this.windowMs / GENERATIONS) {
      this.#generations.push({ start: this.#upTo, beganAtMs: nowMs, keys: new Set() });
    }
  }

  #forget(nowMs: number): void {
    while (this.#generations.length > 1) {
      const [oldest, next] = this.#generations as [Generation, Generation];
      // Its rows are all older than the next generation's beginning.
      if (nowMs - next.beganAtMs < this.windowMs) return;
      // While an old transaction runs, copies go on bearing its position.
      if (next.start > this.#position) return;
      for (const key of oldest.keys) {
        if (this.#newest.get(key)?.generation === oldest) this.#newest.delete(key);
      }
      this.#generations.shift();
    }
  }
}
