import { beforeEach, describe, expect, test } from 'vitest';
import { LedgerOutage } from '../../../src/ledger/ledger-outage.js';

let outage: LedgerOutage;
beforeEach(() => {
  outage = new LedgerOutage();
});

const unavailable = { code: 'ledger_unavailable' };

describe('what needs the ledger', () => {
  test('comes to what it comes to while the ledger is there', async () => {
    await expect(outage.guard(() => Promise.resolve(1))).resolves.toBe(1);
    const failure = new Error('its own');
    await expect(outage.guard(() => Promise.reject(failure))).rejects.toBe(failure);
  });

  test('fails as soon as the ledger is known to be out, and says that the outcome is not known', async () => {
    const { promise, resolve } = Promise.withResolvers<number>();
    const waiting = [outage.guard(() => promise), outage.guard(() => promise)];
    outage.declare();
    for (const one of waiting) {
      await expect(one).rejects.toMatchObject({
        ...unavailable,
        detail: expect.stringContaining('not known') as string,
      });
    }
    // An answer that comes after all changes nothing.
    resolve(1);
    await promise;
  });

  test('is not begun while the ledger is out', async () => {
    outage.declare();
    outage.declare();
    let begun = false;
    const work = () => {
      begun = true;
      return Promise.resolve();
    };
    await expect(outage.guard(work)).rejects.toMatchObject(unavailable);
    expect([outage.isOut, begun]).toEqual([true, false]);
    outage.over();
    await outage.guard(work);
    expect([outage.isOut, begun]).toEqual([false, true]);
  });

  test('of an earlier outage nothing is left', async () => {
    outage.declare();
    outage.over();
    const { promise, resolve } = Promise.withResolvers<number>();
    const guarded = outage.guard(() => promise);
    resolve(2);
    await expect(guarded).resolves.toBe(2);
  });
});
