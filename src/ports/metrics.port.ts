/** `countersign_`, what is measured, the unit; a counter's ends in `_total`. */
export type MetricName = `countersign_${string}`;

/** Counts something that happened. */
export interface Count {
  add(): void;
}

/** What a gauge is read for: a value for each of a few labels. */
export type Readings = Iterable<readonly [label: string, value: number]>;

/**
 * Numbers about this broker, for whoever watches it. Each is made once, by the room that knows it.
 * Labels and values are seen by anybody who can ask: no secret, no id of a user, a session or a
 * token, and no label of which there may be any number.
 */
export abstract class Metrics {
  /** A number that only grows, from 0. `help` says what of, in a line. */
  abstract counter(name: MetricName, help: string): Count;

  /** A number for each value of one label, read whenever somebody asks. `read` must not throw. */
  abstract gauge(name: MetricName, help: string, label: string, read: () => Readings): void;
}
