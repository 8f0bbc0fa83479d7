import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { Chaos } from './chaos.js';
import { drill } from './drill.js';
import { brokerKilledAtPoint } from './faults/broker-faults.js';
import { faultsOf } from './faults/faults.js';

/** The longest: a hung ledger, and waiting until all is well again. */
const TIMEOUT_MS = 60_000;

describe('with one Redis, whatever fails, each on its own', () => {
  let chaos: Chaos;
  beforeAll(async () => {
    chaos = await Chaos.open('single', 1, 2);
  });
  afterAll(() => chaos?.close());

  // Where a broker dies has a test of its own.
  const faults = faultsOf('single').filter((fault) => fault !== brokerKilledAtPoint);

  test.each(faults.map((fault) => [fault.name, fault] as const))(
    '%s: what was acknowledged holds, and nothing else is refused',
    { timeout: TIMEOUT_MS },
    async (_, fault) => {
      const { checker } = chaos.watch;
      const { asked, acked } = await drill(chaos, fault);
      onTestFinished(({ task }) => void Object.assign(task.meta, { asked, acked }));

      // A mint or revocation that failed is among them, but where the ledger was out.
      expect(checker.violations.splice(0)).toEqual([]);
    },
  );

  test('brokers that know nothing but the ledger agree', { timeout: TIMEOUT_MS }, async () => {
    const { violations, audited } = await chaos.conclude();

    expect(violations).toEqual([]);
    expect(audited).toBeGreaterThan(100);
  });
});
