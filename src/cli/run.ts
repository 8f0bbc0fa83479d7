import { FEED_DELAY_MS } from '../ledger/belief.js';
import type { Broker } from '../broker.js';

/** Gives a command the broker that it works on, started, and stops it afterwards. */
export type RunWithBroker = (work: (broker: Broker) => Promise<void>) => Promise<void>;

/** Prints something for people and programs alike: JSON, indented. */
export function print(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}

/**
 * Waits until brokers that no event reaches have learnt of a change: an embedded broker is another
 * process, and follows the feed only.
 */
export async function untilKnown({ config, clock }: Broker): Promise<void> {
  if (config.profile === 'embedded') await clock.sleep(FEED_DELAY_MS);
}
