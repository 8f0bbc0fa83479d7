import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Chaos } from './chaos.js';
import { REVOKER } from './load/revoker.js';
import type { Session } from './model/session.js';
import { isAimedAt, type Target, type TargetType } from './model/target.js';
import { BEHIND_MS, NEWS_MARGIN_MS, NEWS_MS } from './watch/bounds.js';

describe('of two brokers, what one revokes the other refuses', () => {
  let chaos: Chaos;
  beforeAll(async () => {
    chaos = await Chaos.open('single', 1, 2);
  });
  afterAll(() => chaos?.close());

  async function mint(userId: string, platformId: number, deviceId: string): Promise<Session> {
    const app = chaos.house.app('crowd');
    const minted = await chaos.operations.mint(chaos.house.brokers[0]!, {
      ...{ app, userId, platformId, deviceId },
    });
    if (minted === undefined) throw new Error('the mint was not acknowledged');
    return minted;
  }

  test.each(REVOKER.targets)('target %s', async (type) => {
    const { house, operations, watch } = chaos;
    const [one, other] = [house.brokers[0]!, house.brokers[1]!];
    const userId = `target-${type}`;
    const aimed = await mint(userId, 1, 'phone');
    const sessions = [
      aimed,
      await mint(userId, 1, 'tablet'),
      await mint(userId, 5, 'web'),
      await mint(`other-${type}`, 1, 'phone'),
    ];
    for (const session of sessions) await operations.check(other, session);

    const target = targetOf(type, aimed);
    expect(await operations.revoke(one, house.app('crowd'), target)).toBe(true);
    await sleep(NEWS_MS + NEWS_MARGIN_MS);
    for (const session of sessions) await operations.check(other, session);
    // A moment later the same is allowed again.
    const again = await mint(userId, 1, 'phone');
    await operations.check(other, again);
    await sleep(BEHIND_MS);
    for (const caller of house.brokers) {
      for (const session of [...sessions, again]) await operations.check(caller, session);
    }

    expect(watch.checker.violations.splice(0)).toEqual([]);
    for (const session of sessions) {
      expect(session.endedSince !== undefined).toBe(isAimedAt(target, session));
    }
    expect(again.isSurelyGood).toBe(true);
  });
});

function targetOf(type: TargetType, session: Session): Target {
  const { deviceId, slot } = session;
  const { userId, platformId } = slot;
  switch (type) {
    case 'token':
    case 'session':
      return { type, session };
    case 'device':
      return { type, userId, deviceId };
    case 'platform':
      return { type, userId, platformId };
    case 'user':
      return { type, userId };
  }
}
