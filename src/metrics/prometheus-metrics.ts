import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client';
import { type Count, type MetricName, Metrics, type Readings } from '../ports/metrics.port.js';

/** The numbers as Prometheus reads them, and those of the process itself. */
export class PrometheusMetrics extends Metrics {
  readonly #registry = new Registry();

  constructor() {
    super();
    collectDefaultMetrics({ register: this.#registry, prefix: 'countersign_' });
  }

  override counter(name: MetricName, help: string): Count {
    const counter = new Counter({ name, help, registers: [this.#registry] });
    return { add: () => counter.inc() };
  }

  override gauge(name: MetricName, help: string, label: string, read: () => Readings): void {
    const gauge: Gauge = new Gauge({
      ...{ name, help, labelNames: [label], registers: [this.#registry] },
      collect() {
        // What is not read any more is gone.
        gauge.reset();
        for (const [of, value] of read()) gauge.set({ [label]: of }, value);
      },
    });
  }

  /** Prometheus's text format, and its content type. */
  async exposition(): Promise<{ readonly type: string; readonly text: string }> {
    return { type: this.#registry.contentType, text: await this.#registry.metrics() };
  }
}
