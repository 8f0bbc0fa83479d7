import { beforeEach, describe, expect, test } from 'vitest';
import { FindClient } from '../../../../src/business-auth/clients/find-client.js';
import { hashSecret } from '../../../../src/common/constant-time.js';
import { BrokerError } from '../../../../src/common/errors.js';
import { ControlView } from '../../../../src/ledger/control-view.js';
import type { FeedFollower } from '../../../../src/ledger/feed-follower.js';
import type { LedgerTrust } from '../../../../src/ledger/ledger-trust.js';
import type { ClientRow, ControlLedger } from '../../../../src/ports/control-ledger.port.js';

const SECRET = 'a secret of a client';

const web: ClientRow = {
  id: 'web',
  appId: 'default',
  name: 'Web',
  type: 'public',
  secretHashes: [],
  requiresDpop: false,
  createdAt: 1_800_000_000,
  removedAt: null,
};
const backend: ClientRow = {
  ...{ ...web, id: 'backend', type: 'confidential' },
  secretHashes: [hashSecret(SECRET), hashSecret('the one before')],
};

describe('finding a client', () => {
  /** What the ledger holds; this broker knows of it what it has read. */
  let clients: readonly ClientRow[];
  let readings: number;
  let isFresh: boolean;
  let finding: FindClient;
  beforeEach(async () => {
    clients = [web, backend];
    readings = 0;
    isFresh = true;
    const read = async () => ({
      ...{ incarnation: 1, position: 1 },
      state: { apps: [], secrets: [], issuers: [], keys: [], clients, trustedIssuers: [] },
    });
    const view = new ControlView({ read } as unknown as ControlLedger);
    const follower = {
      readAfterNow: async () => {
        readings += 1;
        await view.reload();
      },
    } as FeedFollower;
    const renew = async () => {
      throw new BrokerError('ledger_unavailable', 'the ledger cannot be read now');
    };
    const trust = { isFresh: () => isFresh, renew } as unknown as LedgerTrust;
    finding = new FindClient(view, follower, trust);
    await view.reload();
  });

  const codeOf = (clientId: string, secret?: string) =>
    finding.authenticate(clientId, secret).then(
      ({ id }) => id,
      (error: BrokerError) => error.code,
    );

  test('one that is right is found without a reading', async () => {
    expect(await codeOf('web')).toBe('web');
    expect(await codeOf('web', '')).toBe('web');
    expect(await codeOf('backend', SECRET)).toBe('backend');
    expect(await codeOf('backend', 'the one before')).toBe('backend');
    expect(readings).toBe(0);
  });

  test('one made on another broker a moment ago is found, and so is a secret', async () => {
    clients = [
      { ...backend, secretHashes: [hashSecret('made elsewhere')] },
      { ...web, id: 'new' },
    ];
    expect(await codeOf('new')).toBe('new');
    expect(await codeOf('backend', 'made elsewhere')).toBe('backend');
    expect(await codeOf('backend', SECRET)).toBe('client_unknown');
  });

  test.each([
    ['none', 'nobody', undefined],
    ['none, with a secret', 'nobody', SECRET],
    ['a public one that shows a secret', 'web', SECRET],
    ['a confidential one that shows none', 'backend', undefined],
    ['a confidential one that shows an empty one', 'backend', ''],
    ['a confidential one that shows a wrong one', 'backend', `${SECRET}.`],
    ['a confidential one that shows the hash', 'backend', hashSecret(SECRET)],
    ['a name from a prototype', '__proto__', undefined],
  ])('%s is refused, in the same words, after a reading', async (_what, clientId, secret) => {
    await expect(finding.authenticate(clientId, secret)).rejects.toMatchObject({
      code: 'client_unknown',
      detail: 'there is no such client, or its secret is wrong',
    });
    expect(readings).toBe(1);
  });

  test('a removed one is refused, whatever it shows', async () => {
    clients = [
      { ...web, removedAt: 1 },
      { ...backend, removedAt: 1 },
    ];
    await codeOf('nobody');
    expect(await codeOf('web')).toBe('client_unknown');
    expect(await codeOf('backend', SECRET)).toBe('client_unknown');
  });

  test('nobody is found by a broker that must not trust what it holds', async () => {
    isFresh = false;
    expect(await codeOf('web')).toBe('ledger_unavailable');
    expect(await codeOf('nobody')).toBe('ledger_unavailable');
  });
});
