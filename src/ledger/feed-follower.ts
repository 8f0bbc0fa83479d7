import type { Clock } from '../common/clock.js';
import { BrokerError } from '../common/errors.js';
import type { FeedLedger } from '../ports/feed-ledger.port.js';
import type { ChangeEvents } from '../ports/change-events.port.js';
import type { Log } from '../common/log.js';
import { FRESH_MS, type FeedWindow } from './belief.js';
import type { LedgerOutage } from './ledger-outage.js';
import { StallWatch } from './stall-watch.js';

/** The feed is read this often. */
const INTERVAL_MS = 250;
/** A reading that took longer tells nothing about the clocks. */
const QUICK_MS = 500;
/** Readings that somebody waits for begin at least this far apart. */
const ASKED_INTERVAL_MS = 25;

export interface FeedFollowerOptions {
  readonly windowSeconds: number;
  /** Takes in the control part anew. A reading that names it succeeds only when this has. */
  readonly reloadControl: () => Promise<void>;
}

/**
 * Reads the feed for this broker, on and on, and keeps the {@link FeedWindow} current. Events of
 * other brokers bring a change of a user forward and make the follower read at once when the
 * control part changed. It is also who finds out that the ledger is out, and that it is back.
 */
export class FeedFollower {
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  #unsubscribe: (() => void) | undefined;
  #stopped = false;
  #failing = false;
  #lastBeganAtMs = -Infinity;
  #clockOffsetMs = 0;
  /** How many control changes were told of, and up to which of them readings have brought. */
  #toldOfControl = 0;
  #readOfControl = 0;
  /** Whether a reading named a control change that could not be taken in yet. */
  #namedControl = false;
  readonly #stalls: StallWatch;

  constructor(
    private readonly feed: FeedLedger,
    private readonly events: ChangeEvents,
    private readonly window: FeedWindow,
    private readonly outage: LedgerOutage,
    private readonly clock: Clock,
    private readonly log: Log,
    private readonly options: FeedFollowerOptions,
  ) {
    this.#stalls = new StallWatch(clock);
  }

  /** Loads the window and the control part. Throws when the ledger can't be read. */
  async start(): Promise<void> {
    this.#unsubscribe = this.events.subscribe((event) => {
      this.window.hear(event.users);
      if (!event.control) return;
      this.controlChanged();
      void this.readAfterNow().catch(() => undefined);
    });
    this.#stalls.start();
    await this.#alone(() => this.#restart().then(() => this.#read()));
    this.#schedule(INTERVAL_MS);
  }

  /**
   * Whether the last reading failed, and nothing else explains it: a broker that was stopped and
   * goes on knows nothing of the ledger before it has asked again.
   */
  get isFailing(): boolean {
    return this.#failing && !this.#stalls.isStalled();
  }

  /**
   * Whether somebody, or the feed itself, told of a change of the control part that has not been
   * taken in yet. A reading that was under way when it was told may have begun before the change,
   * and doesn't count.
   */
  get isMissingControl(): boolean {
    return this.#namedControl || this.#toldOfControl > this.#readOfControl;
  }

  /** Tells that the control part was changed: what is held of it is old until the feed is read. */
  controlChanged(): void {
    this.#toldOfControl += 1;
  }

  /** How far the ledger's clock is ahead of this machine's, in milliseconds, as last read. */
  get clockOffsetMs(): number {
    return this.#clockOffsetMs;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#stalls.stop();
    clearTimeout(this.#timer);
    this.#unsubscribe?.();
    await this.#running?.catch(() => undefined);
  }

  /**
   * Resolves once a reading that began after this call has been taken in: whatever was committed
   * before the call is then known here. Throws when the ledger can't be read.
   */
  async readAfterNow(): Promise<void> {
    // One under way began before now. Any that comes after it will do, whoever starts it.
    await this.#running?.catch(() => undefined);
    const waitMs = this.#lastBeganAtMs + ASKED_INTERVAL_MS - this.clock.monotonicMs();
    if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
    await this.read();
  }

  /**
   * Resolves once the reading that is under way, or one that begins now, has been taken in. Throws
   * when the ledger can't be read. Never two readings at once: the window is taken in order.
   */
  read(): Promise<void> {
    return this.#alone(() => this.#read());
  }

  #alone(work: () => Promise<void>): Promise<void> {
    this.#running ??= work().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #read(): Promise<void> {
    const beganAtMs = this.clock.monotonicMs();
    this.#lastBeganAtMs = beganAtMs;
    const told = this.#toldOfControl;
    try {
      await this.#takeIn(beganAtMs);
    } catch (error) {
      this.#failed(error, beganAtMs);
      throw error;
    }
    if (this.#failing) this.log.info('the feed is read again');
    this.#failing = false;
    this.#readOfControl = told;
    this.outage.over();
  }

  #failed(error: unknown, beganAtMs: number): void {
    // A stall of this process looks like a silent ledger: timers run before what has arrived.
    if (this.#stalls.stalledSince(beganAtMs)) {
      this.#failing = false;
      return;
    }
    if (!this.#failing) this.log.warn({ err: error }, 'the feed cannot be read');
    this.#failing = true;
    if (this.window.ageMs(this.clock.monotonicMs()) >= FRESH_MS) this.outage.declare();
  }

  async #takeIn(beganAtMs: number, isSecond = false): Promise<void> {
    const askedAtMs = this.clock.nowMs();
    // One that takes longer is believed by nobody. After a failure there may be much to read.
    const isPatient = this.#failing || this.window.mark === undefined;
    const reading = await this.feed.read(this.window.position, {
      behind: this.window.mark,
      ...(isPatient ? {} : { timeoutMs: FRESH_MS }),
    });
    this.#compareClocks(askedAtMs, reading.nowMs, this.clock.nowMs());
    if (reading.control || reading.incarnation !== this.window.incarnation) {
      this.#namedControl = true;
      const reloading = this.options.reloadControl();
      const leftMs = beganAtMs + FRESH_MS - this.clock.monotonicMs();
      await (isPatient ? reloading : within(leftMs, reloading));
      this.#namedControl = false;
    }
    if (this.window.take(reading, beganAtMs)) return;
    await this.#restart();
    if (!isSecond) await this.#takeIn(this.clock.monotonicMs(), true);
  }

  /** Only a quick answer says anything about the clocks. */
  #compareClocks(askedAtMs: number, ledgerMs: number, answeredAtMs: number): void {
    if (Math.abs(answeredAtMs - askedAtMs) > QUICK_MS) return;
    this.#clockOffsetMs = ledgerMs - (askedAtMs + answeredAtMs) / 2;
  }

  async #restart(): Promise<void> {
    // From past the end: nothing but the clock.
    const { nowMs } = await this.feed.read(Number.MAX_SAFE_INTEGER);
    this.window.restart(await this.feed.startingPosition(this.options.windowSeconds), nowMs);
  }

  #schedule(delayMs: number): void {
    if (this.#stopped) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#turn(), delayMs);
  }

  async #turn(): Promise<void> {
    // A failure has been logged and shows in `isFailing`; the next turn tries again.
    await this.read().catch(() => undefined);
    this.#schedule(INTERVAL_MS);
  }
}

/** What `work` comes to, or `ledger_unavailable` when that takes longer; it goes on by itself then. */
function within(ms: number, work: Promise<void>): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const late = new BrokerError('ledger_unavailable', 'the control part was not read in time');
  const timer = setTimeout(() => reject(late), ms);
  work.then(resolve, reject).finally(() => clearTimeout(timer));
  return promise;
}
