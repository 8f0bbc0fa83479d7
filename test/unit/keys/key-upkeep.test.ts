import { describe, expect, it } from 'vitest';
import type { Log } from '../../../src/common/log.js';
import { KeyUpkeep } from '../../../src/keys/key-upkeep.js';
import { PrometheusMetrics } from '../../../src/metrics/prometheus-metrics.js';

/** What asks the ledger, as it does when a test says so. */
class ScriptedRotation {
  asked = 0;
  failure: Error | undefined;
  late = new Map<string, number>();
  hold: Promise<void> = Promise.resolve();

  async advance(): Promise<readonly string[]> {
    this.asked += 1;
    await this.hold;
    if (this.failure !== undefined) throw this.failure;
    return ['shared'];
  }

  overdue(): ReadonlyMap<string, number> {
    return this.late;
  }
}

class HeardLog implements Log {
  readonly warnings: { fields: object; message: string }[] = [];
  info(): void {
    // Only warnings are looked at.
  }
  warn(fields: object | string, message = ''): void {
    if (typeof fields === 'object') this.warnings.push({ fields, message });
  }
  error(): void {
    // None is made.
  }
}

function upkeepOf(intervalSeconds = 86_400) {
  const [rotation, log] = [new ScriptedRotation(), new HeardLog()];
  const metrics = new PrometheusMetrics();
  return { rotation, log, metrics, upkeep: new KeyUpkeep(rotation, log, metrics, intervalSeconds) };
}

/** The samples of a metric, as Prometheus reads them. */
async function samples(metrics: PrometheusMetrics, name: string): Promise<string[]> {
  const { text } = await metrics.exposition();
  return text.split('\n').filter((line) => line.startsWith(name));
}

describe('the upkeep of keys', () => {
  it.each([
    [1, 250],
    [2, 250],
    [100, 5000],
    [86_400, 60_000],
  ])('looks, at an interval of %i seconds, every %i ms', (interval, everyMs) => {
    expect(upkeepOf(interval).upkeep.everyMs).toBe(everyMs);
  });

  it('logs and counts what fails, and tries again', async () => {
    const { rotation, log, upkeep } = upkeepOf();
    rotation.failure = new Error('the KMS is out');
    await upkeep.run();
    await upkeep.run();
    rotation.failure = undefined;
    await upkeep.run();
    rotation.failure = new Error('again');
    await upkeep.run();

    expect(rotation.asked).toBe(4);
    expect(log.warnings.map(({ fields }) => (fields as { failures: number }).failures)).toEqual([
      1, 2, 1,
    ]);
  });

  it('counts for whoever watches every attempt that failed, also after one that went well', async () => {
    const { rotation, metrics, upkeep } = upkeepOf();
    const failures = () => samples(metrics, 'countersign_key_rotation_failures_total');
    expect(await failures()).toEqual(['countersign_key_rotation_failures_total 0']);
    for (const failure of [new Error('out'), new Error('out'), undefined, new Error('out')]) {
      rotation.failure = failure;
      await upkeep.run();
    }

    expect(await failures()).toEqual(['countersign_key_rotation_failures_total 3']);
  });

  it('shows by how much keys are overdue: of the shared ring always, of others while they are', async () => {
    const { rotation, metrics } = upkeepOf();
    const overdue = () => samples(metrics, 'countersign_key_overdue_seconds');
    expect(await overdue()).toEqual(['countersign_key_overdue_seconds{ring="shared"} 0']);
    rotation.late = new Map([
      ['shared', 5],
      ['app:a', 70],
    ]);
    expect((await overdue()).toSorted()).toEqual([
      'countersign_key_overdue_seconds{ring="app:a"} 70',
      'countersign_key_overdue_seconds{ring="shared"} 5',
    ]);
    rotation.late = new Map();
    expect(await overdue()).toEqual(['countersign_key_overdue_seconds{ring="shared"} 0']);
  });

  it('shows the hundred rings that are the latest, however many apps there are', async () => {
    const { rotation, metrics } = upkeepOf();
    rotation.late = new Map(Array.from({ length: 5000 }, (_, n) => [`app:${n}`, n]));
    const shown = await samples(metrics, 'countersign_key_overdue_seconds');

    expect(shown).toHaveLength(101);
    expect(shown).toContain('countersign_key_overdue_seconds{ring="app:4999"} 4999');
  });

  it('does not ask again while it asks', async () => {
    const { rotation, upkeep } = upkeepOf();
    let go = (): void => undefined;
    rotation.hold = new Promise((resolve) => (go = resolve));
    const first = upkeep.run();
    await upkeep.run();
    expect(rotation.asked).toBe(1);
    go();
    await first;
    await upkeep.run();
    expect(rotation.asked).toBe(2);
  });

  it('is well while keys are on time, or late by what a look or two takes', async () => {
    const { rotation, upkeep } = upkeepOf(100);
    expect(await upkeep.probe()).toEqual({ name: 'keys', up: true });
    rotation.late = new Map([['shared', 15]]);
    expect(await upkeep.probe()).toEqual({ name: 'keys', up: true });
  });

  it('says which key is overdue, by how much, and that it could not help it', async () => {
    const { rotation, upkeep } = upkeepOf(100);
    rotation.failure = new Error('the KMS is out');
    await upkeep.run();
    rotation.late = new Map([
      ['shared', 16],
      ['app:a', 3],
    ]);
    expect(await upkeep.probe()).toEqual({
      name: 'keys',
      up: false,
      detail:
        'overdue to be replaced: the key of shared by 16 seconds; attempts that failed here: 1',
    });
  });
});
