import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { BrokerError } from '../../src/common/errors.js';
import type { AuditEvent } from '../../src/ports/account-record.js';
import type {
  AppRow,
  ClientRow,
  ControlState,
  ControlWrites,
  KeyRow,
  SecretRow,
  TrustedIssuerRow,
} from '../../src/ports/control-ledger.port.js';
import type { LedgerEngine, OpenLedger } from '../support/ledger-engines.js';
import { batchOf, raiseEach, raiseVersions } from '../support/user-records.js';

const app: AppRow = {
  id: 'default',
  name: 'Ünï "app" \\ {}',
  epoch: 4,
  revokedEpochs: [
    { revocationId: 'rev_1', upTo: 1 },
    { revocationId: 'rev_2', upTo: 3 },
  ],
  settings: { multiLoginPolicy: 5, adminUserIds: ['a b', '"'], roleTtlSeconds: { vip: 60 } },
  createdAt: 1_800_000_000,
};
const secret: SecretRow = {
  id: 'sec_1',
  appId: 'default',
  hash: 'a-hash',
  scopes: ['im:tokens:mint', 'im:users:read'],
  origin: 'issued',
  createdAt: 1_800_000_001,
  withdrawnAt: null,
};
const key: KeyRow = {
  id: 'kid_1',
  ring: 'shared',
  algorithm: 'ES256',
  publishedAt: 1_800_000_002,
  activatedAt: null,
  retiredAt: null,
  revokedAt: null,
  revokedBy: null,
  revokedReason: null,
  removedAt: null,
  signsUntil: 1_800_000_003,
  publicJwk: '{"kty":"EC"}',
  sealedPrivate: 'sealed',
};

const client: ClientRow = {
  id: 'web',
  appId: 'default',
  name: 'Wëb "client" \\ {}',
  type: 'confidential',
  secretHashes: ['newer', 'older'],
  requiresDpop: true,
  createdAt: 1_800_000_004,
  removedAt: null,
};
const trustedIssuer: TrustedIssuerRow = {
  id: 'iss_1',
  appId: 'default',
  name: 'corp',
  issuer: 'https://login.example.com/',
  jwksUrl: 'https://login.example.com/keys?of="all"',
  audience: 'chat',
  userIdClaim: 'https://example.com/claims/employee',
  userIdTemplate: '{name}/{id}',
  createdAt: 1_800_000_005,
  removedAt: null,
};
const event: AuditEvent = {
  id: 'evt_1',
  appId: 'default',
  at: 1_800_000_006,
  type: 'client.created',
  security: false,
  actor: 'cli',
  subject: 'web',
  detail: { text: '"\\' },
};
const EMPTY: ControlState = {
  apps: [],
  secrets: [],
  issuers: [],
  keys: [],
  clients: [],
  trustedIssuers: [],
};

/** What every engine of ControlLedger keeps to. */
export function controlLedgerContract(engine: LedgerEngine): void {
  describe(`the control part of the ledger in ${engine.name}`, () => {
    let ledger: OpenLedger;
    beforeEach(async () => {
      ledger = await engine.open();
    });
    afterEach(() => ledger.close());

    const state = async (): Promise<ControlState> => (await ledger.control.read()).state;
    const write = (writes: ControlWrites): Promise<void> =>
      ledger.control.change(() => ({ writes, result: undefined }));

    test('is empty at first', async () => {
      expect(await state()).toEqual(EMPTY);
    });

    test('comes back as it was written', async () => {
      await write({
        apps: [app],
        secrets: [secret],
        issuers: ['https://a', 'https://b'],
        keys: [key],
        clients: [client],
        trustedIssuers: [trustedIssuer],
      });
      const { issuers, ...rest } = await state();
      expect(rest).toEqual({
        apps: [app],
        secrets: [secret],
        keys: [key],
        clients: [client],
        trustedIssuers: [trustedIssuer],
      });
      expect(issuers.toSorted()).toEqual(['https://a', 'https://b']);
    });

    test('a public client without secrets, and what was removed, come back as well', async () => {
      const bare = { ...client, type: 'public', secretHashes: [], requiresDpop: false } as const;
      const gone = { ...client, id: 'gone', removedAt: 1_800_000_100 };
      const distrusted = { ...trustedIssuer, removedAt: 1_800_000_101 };
      await write({ apps: [app], clients: [bare, gone], trustedIssuers: [distrusted] });
      const { clients, trustedIssuers } = await state();
      expect(clients.toSorted((a, b) => (a.id < b.id ? -1 : 1))).toEqual([gone, bare]);
      expect(trustedIssuers).toEqual([distrusted]);
    });

    test('clients and trusted issuers come in the order in which they were made', async () => {
      const at = [3, 1, 2];
      const clients = at.map((n) => ({ ...client, id: `c${n}`, createdAt: n }));
      const trustedIssuers = at.map((n) => ({ ...trustedIssuer, id: `i${n}`, createdAt: n }));
      await write({ apps: [app], clients, trustedIssuers });
      const found = await state();
      expect(found.clients.map(({ id }) => id)).toEqual(['c1', 'c2', 'c3']);
      expect(found.trustedIssuers.map(({ id }) => id)).toEqual(['i1', 'i2', 'i3']);
    });

    test('a row that exists is replaced, what is fixed in it stays', async () => {
      await write({
        apps: [app],
        secrets: [secret],
        issuers: ['https://a'],
        keys: [key],
        clients: [client],
        trustedIssuers: [trustedIssuer],
      });
      const changedApp = { ...app, name: 'New', epoch: 2, settings: {} };
      const changedSecret = { ...secret, withdrawnAt: 1_800_000_100, scopes: [] };
      const changedKey = {
        ...key,
        activatedAt: 1,
        retiredAt: 2,
        revokedAt: 3,
        revokedBy: 'op "1"',
        revokedReason: 'leaked',
        removedAt: 4,
        signsUntil: 5,
        sealedPrivate: 'again',
      };
      const changedClient = {
        ...client,
        name: 'New',
        secretHashes: ['newest'],
        requiresDpop: false,
        removedAt: 6,
      };
      const changedIssuer = { ...trustedIssuer, removedAt: 7 };
      await write({
        apps: [{ ...changedApp, createdAt: 5 }],
        secrets: [{ ...changedSecret, hash: 'another' }],
        issuers: ['https://a'],
        keys: [{ ...changedKey, publicJwk: 'another' }],
        clients: [{ ...changedClient, createdAt: 5 }],
        trustedIssuers: [{ ...changedIssuer, createdAt: 5 }],
      });
      expect(await state()).toEqual({
        apps: [changedApp],
        secrets: [changedSecret],
        issuers: ['https://a'],
        keys: [changedKey],
        clients: [changedClient],
        trustedIssuers: [changedIssuer],
      });
    });

    test('who decides sees all of it and the clock, and what is decided is returned', async () => {
      const written = {
        apps: [app],
        secrets: [secret],
        keys: [key],
        clients: [client],
        trustedIssuers: [trustedIssuer],
      };
      await write(written);
      const before = await ledger.now();
      const seen = await ledger.control.change((current, nowMs) => ({
        writes: {},
        result: { current, nowMs },
      }));
      expect(seen.current).toEqual({ ...EMPTY, ...written });
      expect(Math.floor(seen.nowMs / 1000)).toBeGreaterThanOrEqual(before);
      expect(Math.floor(seen.nowMs / 1000)).toBeLessThanOrEqual(await ledger.now());
    });

    test('a decision that is thrown changes nothing and comes out as it was', async () => {
      const { position } = await ledger.feed.read(0);
      const refusal = new BrokerError('app_exists', 'no');
      for (let round = 0; round < 20; round += 1) {
        await expect(
          ledger.control.change(() => {
            throw refusal;
          }),
        ).rejects.toBe(refusal);
      }
      await write({ apps: [app] });
      expect((await state()).apps).toHaveLength(1);
      expect((await ledger.feed.read(position)).control).toBe(true);
    });

    test('a change that writes nothing is not in the feed', async () => {
      const { position } = await ledger.feed.read(0);
      await write({});
      await write(EMPTY);
      expect((await ledger.feed.read(position)).control).toBe(false);
    });

    test('a change of anything is in the feed', async () => {
      await write({ apps: [app] });
      for (const writes of [{ clients: [client] }, { trustedIssuers: [trustedIssuer] }]) {
        const { position } = await ledger.control.read();
        await write(writes);
        expect((await ledger.feed.read(position)).control).toBe(true);
      }
    });

    test('an event is on record with the change that it tells of, or not at all', async () => {
      const audit = [event];
      const orphan = { ...client, appId: 'nobody' };
      const events = () => ledger.audit.list({ appId: 'default', limit: 9 });
      await expect(write({ clients: [orphan], audit })).rejects.toThrow();
      expect(await events()).toEqual([]);
      await write({ apps: [app], clients: [client], audit });
      expect(await events()).toEqual([event]);
      await expect(write({ issuers: ['https://a'], audit })).rejects.toThrow();
      expect((await state()).issuers).toEqual([]);
    });

    test('a change that cannot be written fails whole', async () => {
      const { position } = await ledger.feed.read(0);
      const orphans: readonly ControlWrites[] = [
        { secrets: [{ ...secret, appId: 'nobody' }] },
        { clients: [{ ...client, appId: 'nobody' }] },
        { trustedIssuers: [{ ...trustedIssuer, appId: 'nobody' }] },
      ];
      for (const orphan of orphans) {
        await expect(write({ issuers: ['https://a'], ...orphan })).rejects.toThrow();
      }
      expect((await state()).issuers).toEqual([]);
      expect((await ledger.feed.read(position)).control).toBe(false);
      await write({ issuers: ['https://a'] });
    });

    test('a position is older than every change that the reading lacks', async () => {
      for (let round = 0; round < 5; round += 1) {
        const { position } = await ledger.control.read();
        await write({ issuers: [`https://${round}`] });
        expect((await ledger.feed.read(position)).control).toBe(true);
      }
    });

    test('ten changes at once come one after the other, whichever process makes them', async () => {
      await write({ apps: [{ ...app, epoch: 0 }] });
      const ends = [ledger, await ledger.another(), await ledger.another()];
      const raise = (current: ControlState) => {
        const [found] = current.apps;
        if (found === undefined) throw new Error('the app is gone');
        return { writes: { apps: [{ ...found, epoch: found.epoch + 1 }] }, result: found.epoch };
      };
      const before = await Promise.all(
        Array.from({ length: 10 }, (_, n) => (ends[n % 3] ?? ledger).control.change(raise)),
      );
      expect(before.toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
      expect((await state()).apps[0]?.epoch).toBe(10);
    });

    test('another incarnation begins with a feed of its own', async () => {
      const other = await ledger.another();
      await raiseEach(ledger.users, ['user-1']);
      const before = await ledger.feed.read(0);
      for (const incarnation of [0, 4_000_000_000]) {
        const { incarnation: earlier } = await ledger.control.read();
        await write({ incarnation });
        const { incarnation: later } = await other.control.read();
        expect(later).toBeGreaterThan(earlier);
        const reading = await other.feed.read(before.position);
        expect(reading).toMatchObject({ incarnation: later, control: true, users: [] });
        expect(reading.position).toBeGreaterThanOrEqual(before.position);
      }
      await raiseEach(ledger.users, ['user-1']);
      expect((await other.feed.read(before.position)).users).toMatchObject([{ version: 2 }]);
    });

    test('users are changed meanwhile, and see the epoch', async () => {
      await write({ apps: [app] });
      const other = await ledger.another();
      const changes = Array.from({ length: 10 }, (_, n) => write({ issuers: [`https://${n}`] }));
      const { written } = await other.users.change(
        batchOf(['user-1'], (locked) => {
          expect(locked.epoch).toBe(app.epoch);
          return raiseVersions(locked);
        }),
      );
      expect(written.size).toBe(1);
      await Promise.all(changes);
    });
  });
}
