import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { LedgerEngine, OpenLedger } from '../support/ledger-engines.js';
import { APP, batchOf, raiseEach, raiseVersions } from '../support/user-records.js';

const CONTROL = { writes: { issuers: ['https://issuer.example'] }, result: undefined };

const PATIENCE = { timeout: 10_000, interval: 20 };

/** What every engine of FeedLedger keeps to. */
export function feedLedgerContract(engine: LedgerEngine): void {
  describe(`the feed in ${engine.name}`, () => {
    let ledger: OpenLedger;
    beforeEach(async () => {
      ledger = await engine.open();
    });
    afterEach(() => ledger.close());

    async function named(from: number): Promise<string[]> {
      const { users } = await ledger.feed.read(from);
      return users.map(({ userId, version }) => `${userId} ${version}`);
    }

    test('a ledger where nothing happened has an empty feed and a position', async () => {
      const start = await ledger.feed.startingPosition(900);
      const reading = await ledger.feed.read(0);
      expect(reading).toMatchObject({ users: [], control: false });
      expect(start).toBeGreaterThan(0);
      expect(start).toBeLessThanOrEqual(reading.position);
      expect(reading.incarnation).toBeGreaterThan(0);
      expect(Math.abs(reading.nowMs / 1000 - (await ledger.now()))).toBeLessThan(5);
    });

    test('names every change once, and from an earlier position again', async () => {
      const start = (await ledger.feed.read(0)).position;
      await ledger.users.change(batchOf(['a', 'b'], raiseVersions));
      const middle = await ledger.feed.read(start);
      expect(middle.users).toEqual([
        { appId: APP, userId: 'a', version: 1 },
        { appId: APP, userId: 'b', version: 1 },
      ]);
      await raiseEach(ledger.users, ['b']);
      expect((await named(middle.position)).at(-1)).toBe('b 2');
      expect((await named(start)).toSorted()).toEqual(['a 1', 'b 1', 'b 2']);
    });

    // A transaction of a stranger may hold positions back for a while.
    test('does not tell for ever what it told before', async () => {
      await raiseEach(ledger.users, ['a']);
      await ledger.control.change(() => CONTROL);
      await expect
        .poll(async () => {
          const { position } = await ledger.feed.read(0);
          const { users, control } = await ledger.feed.read(position);
          return { users, control };
        }, PATIENCE)
        .toEqual({ users: [], control: false });
    });

    test('says when the control part changed, apart from users', async () => {
      const start = (await ledger.feed.read(0)).position;
      await raiseEach(ledger.users, ['a']);
      expect((await ledger.feed.read(start)).control).toBe(false);
      await ledger.control.change(() => CONTROL);
      const changed = await ledger.feed.read(start);
      expect(changed).toMatchObject({ control: true, users: [{ userId: 'a' }] });
    });

    test('has one incarnation with the users and the control part, for every process', async () => {
      const other = await ledger.another();
      const seen = [
        (await ledger.feed.read(0)).incarnation,
        (await other.feed.read(0)).incarnation,
        (await ledger.control.read()).incarnation,
        (await other.users.read([])).incarnation,
        (await other.users.change(batchOf(['a'], raiseVersions))).incarnation,
      ];
      expect(new Set(seen).size).toBe(1);
    });

    test('what one process commits another reads', async () => {
      const other = await ledger.another();
      let position = (await other.feed.read(0)).position;
      for (let version = 1; version <= 10; version += 1) {
        await raiseEach(ledger.users, ['a']);
        const reading = await other.feed.read(position);
        expect(reading.users.at(-1)).toMatchObject({ version });
        position = reading.position;
      }
    });

    test('a broker that starts begins where the window does', async () => {
      await raiseEach(ledger.users, ['old']);
      await ledger.pass(1000);
      await raiseEach(ledger.users, ['young']);
      const namedWithin = async (seconds: number) =>
        named(await ledger.feed.startingPosition(seconds));
      expect(await namedWithin(1100)).toEqual(['old 1', 'young 1']);
      await expect.poll(() => namedWithin(900), PATIENCE).toEqual(['young 1']);
      await ledger.pass(1000);
      await expect.poll(() => namedWithin(900), PATIENCE).toEqual([]);
      await raiseEach(ledger.users, ['next']);
      expect(await namedWithin(900)).toEqual(['next 1']);
    });

    test('a trim forgets what is old and nothing that is young', async () => {
      await raiseEach(ledger.users, ['a']);
      await raiseEach(ledger.users, ['a']);
      await ledger.control.change(() => CONTROL);
      expect(await ledger.feed.trim(1000)).toBe(0);
      await ledger.pass(990);
      await raiseEach(ledger.users, ['a']);
      expect(await ledger.feed.trim(1000)).toBe(0);
      expect(await named(0)).toEqual(['a 1', 'a 2', 'a 3']);
      await ledger.pass(20);
      await ledger.feed.trim(1000);
      expect((await named(0)).at(-1)).toBe('a 3');
      await ledger.pass(2000);
      // What is left is no more than the last rows of a while ago.
      await expect
        .poll(async () => {
          await raiseEach(ledger.users, ['a']);
          await ledger.pass(2000);
          await ledger.feed.trim(1000);
          return (await named(0)).length;
        }, PATIENCE)
        .toBeLessThanOrEqual(2);
    });

    test('positions go on after everything was trimmed', async () => {
      await raiseEach(ledger.users, ['a', 'b']);
      await raiseEach(ledger.users, ['a', 'b']);
      const { position } = await ledger.feed.read(0);
      await ledger.pass(5000);
      await ledger.feed.trim(1000);
      await ledger.feed.trim(1000);
      expect((await ledger.feed.read(0)).position).toBeGreaterThanOrEqual(position);
      await raiseEach(ledger.users, ['a']);
      expect((await named(position)).at(-1)).toBe('a 3');
    });

    test('past the end it tells nothing but where the end is', async () => {
      await raiseEach(ledger.users, ['a']);
      const reading = await ledger.feed.read(Number.MAX_SAFE_INTEGER);
      expect(reading).toMatchObject({ users: [], control: false });
      expect(reading.position).toBeLessThan(Number.MAX_SAFE_INTEGER);
    });
  });
}
