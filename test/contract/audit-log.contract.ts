import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { AuditEvent } from '../../src/ports/account-record.js';
import type { AuditQuery } from '../../src/ports/audit-log.port.js';
import type { LedgerEngine, OpenLedger } from '../support/ledger-engines.js';

const APP = 'default';

function eventOf(id: string, parts: Partial<AuditEvent> = {}): Omit<AuditEvent, 'at'> {
  return {
    id,
    appId: APP,
    type: 'login.failed',
    security: false,
    actor: '',
    subject: 'account-1',
    detail: {},
    ...parts,
  };
}

/** What every engine of AuditLog keeps to. */
export function auditLogContract(engine: LedgerEngine): void {
  describe(`the audit record on ${engine.name}`, () => {
    let ledger: OpenLedger;
    beforeEach(async () => {
      ledger = await engine.open();
    });
    afterEach(() => ledger.close());

    const ids = async (query: Partial<AuditQuery> = {}): Promise<string[]> => {
      const events = await ledger.audit.list({ appId: APP, limit: 100, ...query });
      return events.map(({ id }) => id);
    };

    /** Adds events of which each is a hundred seconds older than the next. */
    const addApart = async (...events: readonly Omit<AuditEvent, 'at'>[]) => {
      for (const event of events) {
        await ledger.pass(100);
        await ledger.audit.add(event);
      }
    };

    test('an event comes back as it was added, dated by the ledger’s clock', async () => {
      const event = eventOf('evt_1', {
        type: 'refresh_token.reused',
        security: true,
        actor: 'Ünï "a" \\ {}',
        subject: 'web',
        detail: { ip: '::1', tries: 3, known: false, text: '"\\ 👩‍🚒' },
      });
      const before = await ledger.now();
      await ledger.audit.add(event);
      const after = await ledger.now();

      const [found] = await ledger.audit.list({ appId: APP, limit: 1 });

      expect(found).toEqual({ ...event, at: expect.any(Number) as number });
      expect(found?.at).toBeGreaterThanOrEqual(before);
      expect(found?.at).toBeLessThanOrEqual(after);
    });

    test('what one process adds the others see', async () => {
      const other = await ledger.another();
      await ledger.audit.add(eventOf('evt_1'));
      await other.audit.add(eventOf('evt_2'));
      expect((await ids()).toSorted()).toEqual(['evt_1', 'evt_2']);
      expect(await other.audit.list({ appId: APP, limit: 9 })).toHaveLength(2);
    });

    test('events are listed newest first, and those of one second by their ids', async () => {
      await addApart(eventOf('evt_9'), eventOf('evt_1'), eventOf('evt_5'));
      await ledger.pass(100);
      const at = async () => (await ledger.audit.list({ appId: APP, limit: 100 })).slice(0, 2);
      // Two of one second, however often that takes.
      for (let n = 100; ; n += 2) {
        await ledger.audit.add(eventOf(`evt_${n + 1}`));
        await ledger.audit.add(eventOf(`evt_${n}`));
        const [newest, next] = await at();
        if (newest?.at !== next?.at) continue;
        expect([newest?.id, next?.id]).toEqual([`evt_${n + 1}`, `evt_${n}`]);
        break;
      }
      expect((await ids()).slice(-3)).toEqual(['evt_5', 'evt_1', 'evt_9']);
    });

    test('those of a subject, and those that tell of attacks, are found among the others', async () => {
      await addApart(
        eventOf('evt_1'),
        eventOf('evt_2', { security: true }),
        eventOf('evt_3', { subject: 'account-2' }),
        eventOf('evt_4', { subject: 'account-2', security: true }),
        eventOf('evt_5', { security: true }),
      );
      expect(await ids()).toEqual(['evt_5', 'evt_4', 'evt_3', 'evt_2', 'evt_1']);
      expect(await ids({ subject: 'account-2' })).toEqual(['evt_4', 'evt_3']);
      expect(await ids({ securityOnly: true })).toEqual(['evt_5', 'evt_4', 'evt_2']);
      expect(await ids({ securityOnly: false })).toHaveLength(5);
      expect(await ids({ subject: 'account-1', securityOnly: true })).toEqual(['evt_5', 'evt_2']);
      expect(await ids({ subject: 'nobody' })).toEqual([]);
    });

    test('another app’s are never among them', async () => {
      await ledger.audit.add(eventOf('evt_1', { appId: 'other', security: true }));
      for (const query of [{}, { subject: 'account-1' }, { securityOnly: true }]) {
        expect(await ids(query)).toEqual([]);
        expect(await ids({ ...query, appId: 'other' })).toEqual(['evt_1']);
      }
    });

    test.each([
      ['of an app', {}],
      ['of a subject', { subject: 'account-1' }],
      ['that tell of attacks', { securityOnly: true }],
    ])('page by page all %s come, each once', async (_what, query) => {
      for (let n = 0; n < 7; n += 1) {
        if (n % 3 === 0) await ledger.pass(100);
        await ledger.audit.add(eventOf(`evt_${n}`, { security: true }));
      }
      const pages: AuditEvent[] = [];
      let before: AuditEvent | undefined;
      do {
        const behind = before === undefined ? {} : { before };
        const page = await ledger.audit.list({ appId: APP, limit: 2, ...query, ...behind });
        expect(page.length).toBeLessThanOrEqual(2);
        pages.push(...page);
        before = page.at(-1);
      } while (before !== undefined);
      expect(pages).toEqual(await ledger.audit.list({ appId: APP, limit: 100 }));
      expect(pages).toHaveLength(7);
    });

    test('an id is added once', async () => {
      await ledger.audit.add(eventOf('evt_1'));
      await expect(ledger.audit.add(eventOf('evt_1', { type: 'other' }))).rejects.toThrow();
      expect(await ledger.audit.list({ appId: APP, limit: 9 })).toMatchObject([
        { type: 'login.failed' },
      ]);
    });

    test('a sweep forgets what is older than asked, of every app', async () => {
      await addApart(eventOf('evt_1'), eventOf('evt_2', { appId: 'other' }), eventOf('evt_3'));
      await ledger.pass(50);
      expect(await ledger.audit.sweep(251)).toBe(0);
      expect(await ledger.audit.sweep(100)).toBe(2);
      expect(await ids()).toEqual(['evt_3']);
      expect(await ids({ appId: 'other' })).toEqual([]);
      await ledger.pass(60);
      expect(await ledger.audit.sweep(100)).toBe(1);
    });
  });
}
