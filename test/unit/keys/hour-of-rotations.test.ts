import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ensureRing } from '../../../src/keys/ensure-ring.js';
import { LONGEST_LEEWAY_SECONDS, type KeySchedule } from '../../../src/keys/lifecycle.js';
import { parseJws } from '../../../src/keys/parse-jws.js';
import { keyState } from '../../../src/keys/ring.js';
import { MemoryChangeEvents } from '../../../src/stores/memory/memory-change-events.js';
import { SqliteControlLedger } from '../../../src/stores/sql/sqlite/sqlite-control-ledger.js';
import { SqliteFeedLedger } from '../../../src/stores/sql/sqlite/sqlite-feed-ledger.js';
import { KeyBroker } from '../../support/key-broker.js';
import { ManualClock } from '../../support/manual-clock.js';
import { temporaryDirectory } from '../../support/server-process.js';
import { openTestLedger } from '../../support/sqlite-ledger.js';
import { entropy, newMasterKey } from './key-fixtures.js';

const HOUR_SECONDS = 3600;
const schedule: KeySchedule = {
  rotationIntervalSeconds: 60,
  prepublishSeconds: 20,
  ordinaryLifetimeSeconds: 90,
};
/** As the JWKS is given out for this schedule. */
const JWKS_CACHE_SECONDS = 10;

let clock: ManualClock;
let brokers: readonly [KeyBroker, KeyBroker];
let close: () => Promise<void>;

beforeEach(async () => {
  clock = new ManualClock();
  const directory = await temporaryDirectory('hour');
  const [masterKey, events] = [newMasterKey(), new MemoryChangeEvents(() => undefined)];
  const open = () => openTestLedger(join(directory, 'ledger.sqlite'));
  const ledgers = [await open(), await open()] as const;
  const make = (ledger: (typeof ledgers)[number]): KeyBroker => {
    const control = new SqliteControlLedger(ledger, clock);
    const feed = new SqliteFeedLedger(ledger, clock);
    return new KeyBroker({ control, feed }, events, masterKey, clock, schedule);
  };
  await ensureRing(new SqliteControlLedger(ledgers[0], clock), 'shared', masterKey, entropy);
  brokers = [make(ledgers[0]), make(ledgers[1])];
  for (const broker of brokers) await broker.start();
  close = async () => {
    for (const broker of brokers) await broker.stop();
    for (const ledger of ledgers) await ledger.close();
    await rm(directory, { recursive: true, force: true });
  };
});
afterEach(() => close());

it('in an hour of rotations under load no mint and no check fails on either broker', async () => {
  const tokens: { text: string; until: number }[] = [];
  let cached = { at: -Infinity, ids: new Set<string>() };
  const signedBy = new Set<string>();
  for (let second = 0; second < HOUR_SECONDS; second += 1) {
    const rotating = Promise.all(brokers.map(({ rotation }) => rotation.advance()));
    // While they rotate, and each may be behind the other.
    for (const broker of brokers) {
      const ttl = second % 300 === 0 ? 1000 : 90;
      tokens.push({ text: await broker.mint(ttl), until: second + ttl });
    }
    await rotating;

    for (const [index, broker] of brokers.entries()) {
      for (const { text } of tokens.slice(-2)) expect(broker.check(text)).toBe('active');
      const old = tokens[(second * 7919 + index) % tokens.length] ?? expect.fail();
      expect(broker.check(old.text)).toBe(second < old.until ? 'active' : 'expired');
    }
    // Who only knows the JWKS, and caches it for as long as it may.
    if (second - cached.at >= JWKS_CACHE_SECONDS) {
      const ids = brokers[second % 2]?.keys.jwks().keys.map(({ kid }) => kid);
      cached = { at: second, ids: new Set(ids) };
    }
    for (const { text } of tokens.slice(-2)) {
      const keyId = parseJws(text)?.header.kid ?? '';
      signedBy.add(keyId);
      expect(cached.ids.has(keyId)).toBe(true);
    }
    clock.advance(1000);
    for (const broker of brokers) await broker.catchUp();
  }

  expect(signedBy.size).toBe(60);
  const states = Map.groupBy(await brokers[0].rows(), keyState);
  expect(states.get('active')).toHaveLength(1);
  expect(states.get('upcoming')).toHaveLength(1);
  // Kept for what was signed out of the ordinary, and no longer.
  const kept = (1000 + 90 + LONGEST_LEEWAY_SECONDS) / 60 + 2;
  expect(states.get('retiring')?.length).toBeLessThan(kept);
  for (const row of states.get('removed') ?? []) expect(row.sealedPrivate).toBe('');
}, 120_000);
