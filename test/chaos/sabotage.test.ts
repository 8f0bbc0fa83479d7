import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { REPOSITORY } from '../support/repository.js';
import { Chaos } from './chaos.js';
import { nowMs } from './now.js';
import type { Promised } from './watch/violation.js';

const TIMEOUT_MS = 60_000;
const USERS = 8;
/** Between users, so that they don't hold each other up. */
const APART_MS = 60;
/** On a machine that stalls all the time bounds are wide; by then it has held still for once. */
const NOTICED_BY_MS = 30_000;
const MODULE = pathToFileURL(join(REPOSITORY, 'test/chaos/faults/sabotage.ts')).href;

/** What a sabotaged broker does, and what must be noticed. */
const NOTICED = [
  ['deaf', 'news-late'],
  ['credulous', 'ended-accepted'],
  ['forgetful', 'ended-accepted'],
  ['jealous', 'good-refused'],
] as const satisfies readonly (readonly [string, Promised])[];

describe('the harness notices brokers that', () => {
  let chaos: Chaos;
  beforeAll(async () => {
    chaos = await Chaos.open('single', 1, 2);
  });
  afterAll(() => chaos?.close());

  /** In calm: logins on the same and on another platform, and revocations, all of it checked. */
  async function use(name: string, n: number): Promise<void> {
    const { house, operations } = chaos;
    const [one, other] = [house.brokers[0]!, house.brokers[1]!];
    const app = house.app('default');
    const mint = (platformId: number) =>
      operations.mint(one, { app, userId: `${name}-${n}`, platformId });
    const sessions = [await mint(1), await mint(2), await mint(1)];
    const checkAll = async () => {
      for (const session of sessions) {
        if (session !== undefined) await operations.check(other, session);
      }
    };
    await checkAll();
    const target = { type: 'platform', userId: `${name}-${n}`, platformId: 2 } as const;
    await operations.revoke(one, app, target);
    // From when news must have come to before the next reading of the feed, and after a second.
    for (const pauseMs of [152, 20, 20, 20, 900, 300]) {
      await sleep(pauseMs);
      await checkAll();
    }
  }

  test.each(NOTICED)('are %s: %s', { timeout: TIMEOUT_MS }, async (sabotage, promised) => {
    const { house, watch } = chaos;
    const changes = { NODE_OPTIONS: `--import=${MODULE}`, CHAOS_SABOTAGE: sabotage };
    await Promise.all(house.brokers.map(({ broker }) => broker.kill()));
    await Promise.all(house.brokers.map(({ broker }) => broker.startAgain(changes)));
    expect(await house.untilWell()).toEqual([]);

    const found = new Set<Promised>();
    const deadline = nowMs() + NOTICED_BY_MS;
    for (let round = 0; !found.has(promised) && nowMs() < deadline; round++) {
      await Promise.all(
        Array.from({ length: USERS }, async (_, n) => {
          await sleep(n * APART_MS);
          await use(`${sabotage}-${round}`, n);
        }),
      );
      for (const violation of watch.checker.violations.splice(0)) found.add(violation.promised);
    }
    expect(found).toContain(promised);
  });
});
