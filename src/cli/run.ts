import type { Broker } from '../broker.js';

/** Gives a command the broker that it works on, started, and stops it afterwards. */
export type RunWithBroker = (work: (broker: Broker) => Promise<void>) => Promise<void>;

/** Prints something for people and programs alike: JSON, indented; what the API answers, where it has such a call. */
export function print(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}
