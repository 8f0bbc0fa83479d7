import type { House } from '../house/house.js';
import type { SeededRandom } from '../random.js';
import type { Realm } from '../watch/timeline.js';

/** A harm that is ready to be done. */
export interface Blow {
  /** Which broker it harms, if it is one. */
  readonly broker?: number;
  /** How long to leave it so; a second or two unless the harm needs its time. */
  readonly holdMs?: number;
  /** Does the harm. */
  strike(): Promise<void>;
  /** Takes the cause away; the brokers must come back by themselves. */
  heal(): Promise<void>;
}

/** Something that goes wrong. */
export interface Fault {
  readonly name: string;
  /** What it takes away while it lasts. */
  readonly realms: readonly Realm[];
  /** Gets everything ready that harms nobody yet. */
  aim(house: House, random: SeededRandom): Promise<Blow> | Blow;
}
