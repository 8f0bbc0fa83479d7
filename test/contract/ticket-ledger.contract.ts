import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Ticket } from '../../src/ports/ticket-ledger.port.js';
import type { LedgerEngine, OpenLedger } from '../support/ledger-engines.js';

const LIFETIME = 300;

function ticketOf(tokenHash: string, parts: Partial<Ticket> = {}): Omit<Ticket, 'expiresAt'> {
  return { tokenHash, appId: 'default', accountId: 'acc_1', kind: 'mfa', payload: '{}', ...parts };
}

/** What every engine of TicketLedger keeps to. */
export function ticketLedgerContract(engine: LedgerEngine): void {
  describe(`tickets on ${engine.name}`, () => {
    let ledger: OpenLedger;
    beforeEach(async () => {
      ledger = await engine.open();
    });
    afterEach(() => ledger.close());

    const issue = (...tickets: readonly Omit<Ticket, 'expiresAt'>[]) =>
      ledger.tickets.issue(tickets, LIFETIME);

    test('a ticket comes back as it was issued, and expires by the ledger’s clock', async () => {
      const ticket = ticketOf('hash', { payload: '{"text":"Ünï \\"a\\" 👩‍🚒"}', accountId: '' });
      const before = await ledger.now();
      await issue(ticket);
      const after = await ledger.now();

      const [found] = await ledger.tickets.try('hash', 'mfa', 5);

      expect(found).toEqual({ ...ticket, expiresAt: expect.any(Number) as number });
      expect(found?.expiresAt).toBeGreaterThanOrEqual(before + LIFETIME);
      expect(found?.expiresAt).toBeLessThanOrEqual(after + LIFETIME);
    });

    test('what one process issues another tries and consumes', async () => {
      const other = await ledger.another();
      await issue(ticketOf('hash'));
      expect(await other.tickets.try('hash', 'mfa', 5)).toHaveLength(1);
      expect(await other.tickets.consume('hash', 'mfa')).toBe(true);
      expect(await ledger.tickets.try('hash', 'mfa', 5)).toEqual([]);
    });

    test('a token that is none, or of another kind, leads to nothing and costs no try', async () => {
      await issue(ticketOf('hash'));
      expect(await ledger.tickets.try('other', 'mfa', 1)).toEqual([]);
      expect(await ledger.tickets.try('hash', 'recovery', 1)).toEqual([]);
      expect(await ledger.tickets.consume('other', 'mfa')).toBe(false);
      expect(await ledger.tickets.consume('hash', 'recovery')).toBe(false);
      expect(await ledger.tickets.try('hash', 'mfa', 1)).toHaveLength(1);
    });

    test('one token may stand for several accounts, which are tried and used up together', async () => {
      const accounts = ['acc_1', 'acc_2', 'acc_3'];
      await issue(...accounts.map((accountId) => ticketOf('hash', { accountId })));
      for (let round = 0; round < 2; round += 1) {
        const tried = await ledger.tickets.try('hash', 'mfa', 2);
        expect(tried.map(({ accountId }) => accountId).toSorted()).toEqual(accounts);
      }
      expect(await ledger.tickets.try('hash', 'mfa', 2)).toEqual([]);
      expect(await ledger.tickets.consume('hash', 'mfa')).toBe(true);
      expect(await ledger.tickets.consume('hash', 'mfa')).toBe(false);
    });

    test('they are issued all or none', async () => {
      await issue();
      await issue(ticketOf('taken'));
      await expect(issue(ticketOf('new'), ticketOf('taken'))).rejects.toThrow();
      expect(await ledger.tickets.try('new', 'mfa', 5)).toEqual([]);
    });

    test('of a hundred tries at once by two processes five get through where five are allowed', async () => {
      const ends = [ledger, await ledger.another()];
      await issue(ticketOf('hash'), ticketOf('hash', { accountId: 'acc_2' }));
      const tries = await Promise.all(
        Array.from({ length: 100 }, (_, n) =>
          (ends[n % 2] ?? ledger).tickets.try('hash', 'mfa', 5),
        ),
      );
      expect(tries.filter((found) => found.length === 2)).toHaveLength(5);
      expect(tries.filter((found) => found.length === 0)).toHaveLength(95);
    });

    test('of fifty that consume at once, by two processes, one does', async () => {
      const ends = [ledger, await ledger.another()];
      await issue(ticketOf('hash'), ticketOf('hash', { accountId: 'acc_2' }));
      const consumed = await Promise.all(
        Array.from({ length: 50 }, (_, n) =>
          (ends[n % 2] ?? ledger).tickets.consume('hash', 'mfa'),
        ),
      );
      expect(consumed.filter(Boolean)).toHaveLength(1);
    });

    test('its last try may still lead to its use', async () => {
      await issue(ticketOf('hash'));
      expect(await ledger.tickets.try('hash', 'mfa', 1)).toHaveLength(1);
      expect(await ledger.tickets.try('hash', 'mfa', 1)).toEqual([]);
      expect(await ledger.tickets.consume('hash', 'mfa')).toBe(true);
    });

    test('a try that is given back can be made again, and no more than that', async () => {
      await issue(ticketOf('hash'), ticketOf('hash', { accountId: 'acc_2' }), ticketOf('other'));
      await ledger.tickets.giveBack('hash', 'mfa');
      expect(await ledger.tickets.try('hash', 'mfa', 1)).toHaveLength(2);
      await ledger.tickets.giveBack('hash', 'recovery');
      await ledger.tickets.giveBack('other', 'mfa');
      expect(await ledger.tickets.try('hash', 'mfa', 1)).toEqual([]);
      await ledger.tickets.giveBack('hash', 'mfa');
      expect(await ledger.tickets.try('hash', 'mfa', 1)).toHaveLength(2);
      expect(await ledger.tickets.try('hash', 'mfa', 1)).toEqual([]);
      await ledger.tickets.consume('hash', 'mfa');
      await ledger.tickets.giveBack('hash', 'mfa');
      expect(await ledger.tickets.try('hash', 'mfa', 5)).toEqual([]);
    });

    test('cleared, there are none of any kind', async () => {
      await issue(ticketOf('one'), ticketOf('two', { kind: 'recovery' }));
      await ledger.tickets.clear();
      expect(await ledger.tickets.try('one', 'mfa', 5)).toEqual([]);
      expect(await ledger.tickets.consume('two', 'recovery')).toBe(false);
    });

    test('an expired one is neither tried nor consumed', async () => {
      await issue(ticketOf('hash'));
      await ledger.pass(LIFETIME - 60);
      expect(await ledger.tickets.try('hash', 'mfa', 5)).toHaveLength(1);
      await ledger.pass(60);
      expect(await ledger.tickets.try('hash', 'mfa', 5)).toEqual([]);
      expect(await ledger.tickets.consume('hash', 'mfa')).toBe(false);
    });

    test('a sweep forgets those that have expired, and no other', async () => {
      await issue(ticketOf('old'), ticketOf('old', { accountId: 'acc_2' }));
      await ledger.pass(LIFETIME);
      await issue(ticketOf('young'));
      expect(await ledger.tickets.sweep()).toBe(2);
      expect(await ledger.tickets.sweep()).toBe(0);
      expect(await ledger.tickets.try('young', 'mfa', 5)).toHaveLength(1);
    });
  });
}
