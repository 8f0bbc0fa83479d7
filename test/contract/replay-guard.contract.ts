import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { LiveStateEngine, OpenReplayGuard } from '../support/live-state-engines.js';
import { ODD_KEYS } from './odd-keys.js';

/** What every engine of ReplayGuard keeps to. */
export function replayGuardContract(engine: LiveStateEngine): void {
  describe(`uses remembered in ${engine.name}`, () => {
    let open: OpenReplayGuard;
    beforeEach(async () => {
      open = await engine.openReplays();
    });
    afterEach(() => open.close());

    test('are the first ones once, whichever broker is asked', async () => {
      expect(await open.one.firstUse('proof', 60)).toBe(true);
      expect(await open.one.firstUse('proof', 60)).toBe(false);
      expect(await open.other.firstUse('proof', 60)).toBe(false);
    });

    test('are first for one of 200 at once from two brokers', async () => {
      const firsts = await Promise.all(
        Array.from({ length: 200 }, (_, n) =>
          (n % 2 === 0 ? open.one : open.other).firstUse('at once', 60),
        ),
      );
      expect(firsts.filter(Boolean)).toHaveLength(1);
    });

    test('are remembered for their time, and not longer', async () => {
      await open.one.firstUse('proof', 60);
      await open.pass(58);
      expect(await open.one.firstUse('proof', 60)).toBe(false);
      await open.pass(3);
      expect(await open.other.firstUse('proof', 60)).toBe(true);
      expect(await open.other.firstUse('proof', 60)).toBe(false);
    });

    test('are not remembered for longer because they were tried again', async () => {
      await open.one.firstUse('proof', 60);
      await open.pass(30);
      await open.one.firstUse('proof', 3600);
      await open.pass(31);
      expect(await open.one.firstUse('proof', 60)).toBe(true);
    });

    test('are apart for keys that hold anything', async () => {
      for (const key of ODD_KEYS) {
        expect(await open.one.firstUse(key, 60), JSON.stringify(key)).toBe(true);
      }
      for (const key of ODD_KEYS) {
        expect(await open.other.firstUse(key, 60), JSON.stringify(key)).toBe(false);
      }
    });
  });
}
