import { type Clock, toUnixSeconds } from '../common/clock.js';
import { BrokerError } from '../common/errors.js';
import type { Entropy } from '../common/ids.js';
import type { ControlChanges } from '../ledger/control-changes.js';
import type { KeyRow } from '../ports/control-ledger.port.js';
import type { MasterKey } from '../ports/master-key.port.js';
import type { KeyView } from './key-view.js';
import {
  advanceRing,
  changesNothing,
  type KeySchedule,
  publishedLongEnoughAt,
  rotateRing,
  rotationDueAt,
} from './lifecycle.js';
import { activeKeys, ringsOf, upcomingKey } from './ring.js';
import { SpareKeys } from './spare-keys.js';

/** What signs and what comes next, after a change of a ring. */
export interface RingOutcome {
  readonly ring: string;
  readonly active: KeyRow;
  readonly upcoming: KeyRow;
  /** Whether the key that signs was published for `prepublishSeconds` before it began to. */
  readonly publishedLongEnough: boolean;
}

/**
 * Moves keys on. Anybody may ask, at any time and as often as they like: one transaction of the
 * ledger decides, by the ledger's clock.
 */
export class RotateKeys {
  constructor(
    private readonly control: ControlChanges,
    private readonly keys: KeyView,
    private readonly masterKey: MasterKey,
    private readonly entropy: Entropy,
    private readonly clock: Pick<Clock, 'nowMs'>,
    private readonly schedule: KeySchedule,
  ) {}

  /**
   * What time brings to every ring; free while nothing is due. Returns the rings that it changed.
   * Throws as the ledger and the master key do.
   */
  async advance(): Promise<readonly string[]> {
    const now = toUnixSeconds(this.clock.nowMs());
    const due = ringsOf(this.keys.rows).filter(
      (ring) => !changesNothing(advanceRing(this.keys.rows, ring, now, this.schedule)),
    );
    if (due.length === 0) return [];
    const spares = await SpareKeys.make(due, this.masterKey, this.entropy);
    return this.control.change(({ keys }, nowMs) => {
      const at = toUnixSeconds(nowMs);
      const plans = due.map((ring) => [ring, advanceRing(keys, ring, at, this.schedule)] as const);
      return {
        writes: { keys: plans.flatMap(([ring, plan]) => spares.rowsOf(ring, plan, at)) },
        result: plans.flatMap(([ring, plan]) => (changesNothing(plan) ? [] : [ring])),
      };
    });
  }

  /**
   * Has the upcoming key of a ring sign from now on. Errors: `rotation_too_early` while it has not
   * been published long enough, unless `force`; `key_unknown` where there is no such ring.
   */
  async rotate(ring: string, force: boolean): Promise<RingOutcome> {
    if (!ringsOf(this.keys.rows).includes(ring)) {
      throw new BrokerError('key_unknown', 'there is no such key ring');
    }
    const spares = await SpareKeys.make([ring], this.masterKey, this.entropy);
    return this.control.change(({ keys }, nowMs) => {
      const now = toUnixSeconds(nowMs);
      const possibleAt = publishedLongEnoughAt(keys, ring, this.schedule);
      if (!force && now < possibleAt) throw tooEarly(possibleAt, now);
      const rows = spares.rowsOf(ring, rotateRing(keys, ring, now, this.schedule), now);
      return { writes: { keys: rows }, result: outcomeOf(keys, rows, ring, this.schedule) };
    });
  }

  /** By how many seconds each ring that is late is late. */
  overdue(): ReadonlyMap<string, number> {
    const now = toUnixSeconds(this.clock.nowMs());
    const late = ringsOf(this.keys.rows).map((ring) => {
      return [ring, now - rotationDueAt(this.keys.rows, ring, this.schedule)] as const;
    });
    return new Map(late.filter(([, seconds]) => seconds > 0));
  }
}

/** A ring after `written` was written over `rows`. */
export function outcomeOf(
  rows: readonly KeyRow[],
  written: readonly KeyRow[],
  ring: string,
  { prepublishSeconds }: Pick<KeySchedule, 'prepublishSeconds'>,
): RingOutcome {
  const ids = new Set(written.map(({ id }) => id));
  const after = [...rows.filter(({ id }) => !ids.has(id)), ...written];
  const active = activeKeys(after).get(ring);
  const upcoming = upcomingKey(after, ring);
  if (active === undefined || upcoming === undefined) throw new Error(`${ring} is not whole.`);
  const publishedFor = (active.activatedAt ?? 0) - active.publishedAt;
  return { ring, active, upcoming, publishedLongEnough: publishedFor >= prepublishSeconds };
}

function tooEarly(possibleAt: number, now: number): BrokerError {
  const seconds = possibleAt - now;
  return new BrokerError(
    'rotation_too_early',
    `verifiers may not know the upcoming key yet: it may sign in ${seconds} seconds, or at once if forced`,
    { retryAfterSeconds: seconds },
  );
}
