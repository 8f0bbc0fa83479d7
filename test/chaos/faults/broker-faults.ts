import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault } from './fault.js';
import { dyingAt, KILL_POINTS, type KillPoint, LIVING } from './kill-points.js';

const REALMS = ['broker'] as const;

/** A broker is stopped for five seconds, and goes on as if nothing had been. */
export const brokerStopped: Fault = {
  name: 'broker-stopped',
  realms: REALMS,
  aim({ brokers }, random) {
    const { broker, number } = random.oneOf(brokers)!;
    return {
      ...{ broker: number, holdMs: 5000 },
      strike: async () => void process.kill(broker.pid, 'SIGSTOP'),
      heal: async () => void process.kill(broker.pid, 'SIGCONT'),
    };
  },
};

/** A broker is killed and started again. */
export const brokerKilled: Fault = {
  name: 'broker-killed',
  realms: REALMS,
  aim({ brokers }, random) {
    const { broker, number } = random.oneOf(brokers)!;
    return {
      broker: number,
      strike: async () => void (await broker.kill()),
      heal: () => broker.startAgain(),
    };
  },
};

const POINTS = Object.keys(KILL_POINTS) as KillPoint[];
/** By then the load has come by the chosen place often enough; else it is killed where it is. */
const PATIENCE_MS = 5000;

/** A broker kills itself somewhere between a commit and its answer. */
export const brokerKilledAtPoint: Fault = {
  name: 'broker-killed-at-point',
  realms: REALMS,
  aim({ brokers }, random) {
    const { broker, number } = random.oneOf(brokers)!;
    const dying = dyingAt(random.oneOf(POINTS)!, '', 1 + random.below(20));
    return {
      ...{ broker: number, holdMs: 500 },
      async strike() {
        await broker.kill();
        // The load may kill it before it was seen to be up.
        await broker.startAgain(dying).catch(() => undefined);
        await Promise.race([broker.ended, sleep(PATIENCE_MS)]);
        await broker.kill();
      },
      heal: () => broker.startAgain(LIVING),
    };
  },
};
