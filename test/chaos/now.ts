/** The harness's one clock: monotonic milliseconds. Every moment in its records is of this clock. */
export function nowMs(): number {
  return performance.now();
}
