import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { Chaos } from './chaos.js';
import { drill } from './drill.js';
import { redisFaultsOf } from './faults/faults.js';

const TIMEOUT_MS = 60_000;

describe.each(['sentinel', 'cluster'] as const)('when Redis fails over, with a %s', (kind) => {
  let chaos: Chaos;
  beforeAll(async () => {
    chaos = await Chaos.open(kind, 1, 2);
  });
  afterAll(() => chaos?.close());

  test.each(redisFaultsOf(kind).map((fault) => [fault.name, fault] as const))(
    '%s: what was acknowledged holds, and nothing else is refused',
    { timeout: TIMEOUT_MS },
    async (_, fault) => {
      const { asked, acked } = await drill(chaos, fault);
      onTestFinished(({ task }) => void Object.assign(task.meta, { asked, acked }));

      expect(chaos.watch.checker.violations.splice(0)).toEqual([]);
    },
  );
});
