import { text } from 'node:stream/consumers';
import type { Broker } from '../broker.js';
import { BrokerError } from '../common/errors.js';

/** Gives a command the broker that it works on, started, and stops it afterwards. */
export type RunWithBroker = (work: (broker: Broker) => Promise<void>) => Promise<void>;

/** Prints something for people and programs alike: JSON, indented; what the API answers, where it has such a call. */
export function print(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}

/**
 * What standard input holds, without the line's end: tokens and passwords come by it, because
 * arguments show in process lists and in the shell's history. Throws `invalid_request` for more than
 * a line.
 */
export async function lineOnInput(): Promise<string> {
  const line = (await text(process.stdin)).replace(/\r?\n$/, '');
  if (!/[\r\n]/.test(line)) return line;
  throw new BrokerError('invalid_request', 'standard input must hold one line');
}

/** What `--limit` says. Throws `invalid_request`. */
export function limitOf(given: string): number {
  const limit = Number(given);
  if (/^\d{1,5}$/.test(given) && limit >= 1 && limit <= 10_000) return limit;
  throw new BrokerError('invalid_request', '--limit must be a whole number from 1 to 10000');
}
