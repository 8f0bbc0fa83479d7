import type { Log } from '../common/log.js';
import { HealthProbe, type PartHealth } from '../ports/health.port.js';
import type { Count, Metrics, Readings } from '../ports/metrics.port.js';
import { SHARED_RING } from './ring.js';
import type { RotateKeys } from './rotate-keys.js';

/** How often it is looked whether anything is due, at least and at most. Milliseconds. */
const [SHORTEST_MS, LONGEST_MS] = [250, 60_000];
/** Looks within one interval. */
const LOOKS = 20;
/** A key is late when so many looks should have seen to it. */
const LATE_LOOKS = 3;
/** Rings that are shown to be overdue, at most: every HS256 app has one. */
const MAX_SHOWN = 100;

/** Sees to it that keys move on in time, and says when they don't. Any number of brokers may. */
export class KeyUpkeep extends HealthProbe {
  /** How often {@link run} is to be called. */
  readonly everyMs: number;
  #running = false;
  /** Since it last went well. */
  #failures = 0;
  readonly #failed: Count;

  constructor(
    private readonly rotation: Pick<RotateKeys, 'advance' | 'overdue'>,
    private readonly log: Log,
    metrics: Metrics,
    rotationIntervalSeconds: number,
  ) {
    super();
    const wanted = (rotationIntervalSeconds * 1000) / LOOKS;
    this.everyMs = Math.min(LONGEST_MS, Math.max(SHORTEST_MS, wanted));
    this.#failed = metrics.counter(
      'countersign_key_rotation_failures_total',
      'Attempts of this broker to move signing keys on that failed',
    );
    metrics.gauge(
      'countersign_key_overdue_seconds',
      'For how long the active signing key of a ring has been due to be replaced; 0 is well',
      'ring',
      () => this.#overdue(),
    );
  }

  /** Never throws: what fails is logged, counted, and tried again by the next call. */
  async run(): Promise<void> {
    if (this.#running) return;
    this.#running = true;
    try {
      const rings = await this.rotation.advance();
      if (rings.length > 0) this.log.info({ rings }, 'signing keys were moved on');
      this.#failures = 0;
    } catch (error) {
      this.#failures += 1;
      this.#failed.add();
      this.log.warn({ err: error, failures: this.#failures }, 'signing keys could not be moved on');
    } finally {
      this.#running = false;
    }
  }

  /** Down while an active key is overdue; the broker serves all the same. */
  override probe(): Promise<PartHealth> {
    const lateSeconds = (LATE_LOOKS * this.everyMs) / 1000;
    const late = [...this.rotation.overdue()].filter(([, seconds]) => seconds > lateSeconds);
    const said = late.map(([ring, seconds]) => `${ring} by ${seconds} seconds`).join(', ');
    const detail = `overdue to be replaced: the key of ${said}; attempts that failed here: ${this.#failures}`;
    return Promise.resolve(
      late.length === 0 ? { name: 'keys', up: true } : { name: 'keys', up: false, detail },
    );
  }

  /** The ring that all apps share always, and the others only while they are late. */
  #overdue(): Readings {
    const late = this.rotation.overdue();
    const worst = [...late].toSorted(([, a], [, b]) => b - a).slice(0, MAX_SHOWN);
    return new Map([[SHARED_RING, late.get(SHARED_RING) ?? 0], ...worst]);
  }
}
