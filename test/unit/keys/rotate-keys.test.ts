import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SystemClock } from '../../../src/common/clock.js';
import { ensureRing } from '../../../src/keys/ensure-ring.js';
import type { KeySchedule } from '../../../src/keys/lifecycle.js';
import { keyState } from '../../../src/keys/ring.js';
import type { ControlLedger, KeyRow } from '../../../src/ports/control-ledger.port.js';
import { MasterKey } from '../../../src/ports/master-key.port.js';
import { MemoryChangeEvents } from '../../../src/stores/memory/memory-change-events.js';
import { KeyBroker } from '../../support/key-broker.js';
import { LEDGER_ENGINES, type OpenLedger } from '../../support/ledger-engines.js';
import { entropy, newMasterKey } from './key-fixtures.js';

const schedule: KeySchedule = {
  rotationIntervalSeconds: 1000,
  prepublishSeconds: 100,
  ordinaryLifetimeSeconds: 300,
};

/** Makes every key older. */
function age(control: ControlLedger, seconds: number): Promise<void> {
  return control.change(({ keys }) => ({
    writes: {
      keys: keys.map((row) => ({
        ...row,
        publishedAt: row.publishedAt - seconds,
        activatedAt: row.activatedAt === null ? null : row.activatedAt - seconds,
      })),
    },
    result: undefined,
  }));
}

function idOf(rows: readonly KeyRow[], state: string): string | undefined {
  return rows.find((row) => keyState(row) === state)?.id;
}

describe.each(LEDGER_ENGINES)('on $name', (engine) => {
  let ledger: OpenLedger;
  let masterKey: MasterKey;
  let brokers: KeyBroker[];
  /** How often a broker changed the control part. */
  let changes: number;
  const events = new MemoryChangeEvents(() => undefined);

  beforeEach(async () => {
    ledger = await engine.open();
    masterKey = newMasterKey();
    brokers = [];
    changes = 0;
    await ensureRing(ledger.control, 'shared', masterKey, entropy);
  });
  afterEach(async () => {
    for (const broker of brokers) await broker.stop();
    await ledger.close();
  });

  async function join(own: Partial<KeySchedule> = {}): Promise<KeyBroker> {
    const clock = new SystemClock();
    const ends = await ledger.another();
    const change = ends.control.change.bind(ends.control);
    ends.control.change = (decide) =>
      change((state, nowMs) => {
        const decided = decide(state, nowMs);
        if (Object.keys(decided.writes).length > 0) changes += 1;
        return decided;
      });
    const made = new KeyBroker(ends, events, masterKey, clock, { ...schedule, ...own });
    brokers.push(made);
    await made.start();
    return made;
  }

  it('ten brokers that ask at once rotate once', async () => {
    const ten: KeyBroker[] = [];
    while (ten.length < 10) ten.push(await join());
    await age(ledger.control, 1000);
    await Promise.all(ten.map((each) => each.catchUp()));
    const before = await ten[0]!.rows();
    const changed = await Promise.all(ten.map(({ rotation }) => rotation.advance()));

    expect(changed.filter((rings) => rings.length > 0)).toEqual([['shared']]);
    const after = await ten[0]!.rows();
    expect(after).toHaveLength(3);
    expect(idOf(after, 'active')).toBe(idOf(before, 'upcoming'));
    for (const { keys } of ten) expect(keys.signer('shared').id).toBe(idOf(after, 'active'));
  });

  it('one that slept through three intervals rotates once', async () => {
    const sleeper = await join();
    await age(ledger.control, 3500);
    await sleeper.catchUp();

    expect(await sleeper.rotation.advance()).toEqual(['shared']);
    expect(await sleeper.rotation.advance()).toEqual([]);
    expect(await sleeper.rows()).toHaveLength(3);
  });

  it('an upcoming key that was published too late is waited for', async () => {
    const waiting = await join();
    await age(ledger.control, 1000);
    await ledger.control.change(({ keys }) => ({
      writes: {
        keys: keys
          .filter((row) => keyState(row) === 'upcoming')
          .map((row) => ({ ...row, publishedAt: row.publishedAt + 950 })),
      },
      result: undefined,
    }));
    await waiting.catchUp();

    expect(await waiting.rotation.advance()).toEqual([]);
  });

  it('nothing due changes nothing', async () => {
    const idle = await join();

    expect(await idle.rotation.advance()).toEqual([]);
    expect(changes).toBe(0);
  });

  it('a mint that expires after the reservation raises it first, and the next ones need not', async () => {
    const minting = await join();
    const other = await join();
    await minting.mint(5000);
    const raised = (await minting.rows()).find((row) => keyState(row) === 'active');
    const now = await ledger.now();
    const tokens = await Promise.all(Array.from({ length: 50 }, () => minting.mint(5000)));

    expect(raised?.signsUntil).toBeGreaterThanOrEqual(now + 5000 + 250 - 2);
    expect(changes).toBe(1);
    await other.catchUp();
    for (const token of tokens) expect(other.check(token)).toBe('active');
  });

  it('fifty mints that need it at once cause one control change or two', async () => {
    const minting = await join();
    await Promise.all(Array.from({ length: 50 }, (_, n) => minting.mint(5000 + n * 100)));

    expect(changes).toBeLessThanOrEqual(2);
  });

  it('a broker with shorter lifetimes leaves alone what one with longer ones reserved', async () => {
    const long = await join({ ordinaryLifetimeSeconds: 100_000 });
    const short = await join({ ordinaryLifetimeSeconds: 10 });
    const token = await long.mint(100_000);
    const { id } = long.keys.signer('shared');
    await age(ledger.control, 1000);
    await short.catchUp();
    await short.rotation.advance();
    await short.mint(10);
    await long.catchUp();

    const old = (await short.rows()).find((row) => row.id === id);
    expect(keyState(old ?? expect.fail())).toBe('retiring');
    expect(old?.signsUntil).toBeGreaterThanOrEqual((await ledger.now()) + 100_000 - 2);
    for (const each of [long, short]) expect(each.check(token)).toBe('active');
  });

  it('a mint on a broker that has not heard of a rotation yet is good on every other', async () => {
    const [rotating, behind] = [await join(), await join()];
    await behind.mint(300);
    await behind.catchUp();
    const [signing] = [behind.keys.signer('shared').id];
    await rotating.catchUp();
    const rotated = rotating.rotation.rotate('shared', true);
    const token = await behind.mint(300);
    await rotated;

    expect(rotating.keys.signer('shared').id).not.toBe(signing);
    expect(rotating.check(token)).toBe('active');
  });

  it('a master key that is out delays a rotation, and it is made good', async () => {
    const late = await join();
    await age(ledger.control, 1010);
    await late.catchUp();
    const wrap = masterKey.wrap.bind(masterKey);
    masterKey.wrap = () => Promise.reject(new Error('the KMS is out'));

    await expect(late.rotation.advance()).rejects.toThrow(/KMS/);
    expect([...late.rotation.overdue().keys()]).toEqual(['shared']);
    expect(await late.rows()).toHaveLength(2);
    masterKey.wrap = wrap;
    expect(await late.rotation.advance()).toEqual(['shared']);
    expect(late.rotation.overdue().size).toBe(0);
  });
});
