import { LoadConnection } from './connection.js';
import { Pace } from './pace.js';
import type { Scenario } from './scenarios.js';

export interface LoadResult {
  readonly operations: number;
  readonly seconds: number;
  /** Milliseconds from request to response. */
  readonly p50: number;
  readonly p99: number;
}

export interface LoadOptions {
  readonly host: string;
  readonly connections: number;
  /** The run ends after this long, or when the scenario has no request left. */
  readonly seconds: number;
  /** Requests a second at most; absent: as many as are answered. */
  readonly perSecond?: number | undefined;
  /** Ends the run early. */
  readonly signal?: AbortSignal;
}

/**
 * Sends a scenario's requests over many connections, each waiting for its response before it sends
 * the next. Throws when a single response is wrong: a figure of failures would be none.
 */
export async function runLoad(scenario: Scenario, options: LoadOptions): Promise<LoadResult> {
  const url = new URL(`http://${options.host}`);
  const times: number[] = [];
  const began = performance.now();
  const deadline = began + options.seconds * 1000;
  const pace = options.perSecond === undefined ? undefined : new Pace(options.perSecond);
  let wrong: string | undefined;
  const isOver = () =>
    wrong !== undefined || options.signal?.aborted === true || performance.now() >= deadline;
  const lane = {
    check: scenario.check,
    next: (number: number) => (isOver() ? undefined : scenario.next(number)),
    ...(pace === undefined ? {} : { waitMs: () => pace.waitMs() }),
    onDone: (ms: number) => void times.push(ms),
    onWrong: (response: string) => void (wrong ??= response),
  };
  await Promise.all(
    Array.from(
      { length: options.connections },
      (_, number) => new LoadConnection(url.hostname, Number(url.port), number, lane).finished,
    ),
  );
  if (wrong !== undefined) throw new Error(`a response was wrong:\n${wrong}`);
  const seconds = (performance.now() - began) / 1000;
  const sorted = Float64Array.from(times).sort();
  return {
    operations: times.length * scenario.operations,
    seconds,
    p50: quantile(sorted, 0.5),
    p99: quantile(sorted, 0.99),
  };
}

function quantile(sorted: Float64Array, share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
