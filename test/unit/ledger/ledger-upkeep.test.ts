import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { LedgerUpkeep } from '../../../src/ledger/ledger-upkeep.js';
import { openEmbeddedStores } from '../../../src/stores/embedded-stores.js';
import { MemoryGuessLimiter } from '../../../src/stores/memory/memory-guess-limiter.js';
import { MemoryReplayGuard } from '../../../src/stores/memory/memory-replay-guard.js';
import type { Stores } from '../../../src/stores/stores.js';
import { ManualClock } from '../../support/manual-clock.js';
import { temporaryDirectory } from '../../support/server-process.js';
import { silentLog } from '../../support/silent-log.js';

const LIMIT = { name: 'login', attempts: 5, perSeconds: 60 };
const OPTIONS = { windowSeconds: 900, keepRecordsSeconds: 86_400 };

describe('the upkeep of an embedded broker', () => {
  let directory: string;
  let stores: Stores | undefined;
  beforeEach(async () => {
    directory = await temporaryDirectory('upkeep');
  });
  afterEach(async () => {
    await stores?.close();
    await rm(directory, { recursive: true });
  });

  test('lets go of tries and uses whose time is over', async () => {
    const clock = new ManualClock();
    stores = await openEmbeddedStores(join(directory, 'data'), clock, silentLog);
    const { guesses, replays, swept: memory } = stores;
    const upkeep = new LedgerUpkeep({ ...stores, memory }, silentLog, OPTIONS);
    if (!(guesses instanceof MemoryGuessLimiter && replays instanceof MemoryReplayGuard)) {
      expect.fail('they are kept elsewhere');
    }
    await guesses.take(LIMIT, 'alice');
    await replays.firstUse('proof', 60);
    await upkeep.run();
    expect([guesses.size, replays.size]).toEqual([1, 1]);
    clock.advance(60_000);
    await upkeep.run();
    expect([guesses.size, replays.size]).toEqual([0, 0]);
  });
});
