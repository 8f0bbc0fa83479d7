import { expect, test } from 'vitest';
import { expected, NativeClient, problemOf } from '../../support/broker-native.js';
import { adminToken } from '../../support/broker-oauth2.js';
import {
  type ClientsSetting,
  issuerNamed,
  newClient,
  newIssuer,
  newSecret,
  removeClient,
  type ShownEvent,
} from './clients-setting.js';

interface Page {
  readonly events: readonly ShownEvent[];
  readonly next: string | null;
}

export function auditBehaviour(setting: ClientsSetting): void {
  const page = async (query: string, caller: NativeClient = setting().other): Promise<Page> =>
    expected<Page>(200, await caller.send('GET', `/v1/audit${query}`));

  test('what is done to a client is on record, by whom and when, newest first', async () => {
    const { first, other } = setting();
    const { clientSecret = '' } = await newClient(first, { id: 'recorded', type: 'confidential' });
    await newSecret(other, 'recorded');
    await removeClient(first, 'recorded');
    await removeClient(first, 'recorded');

    const { events, next } = await page('?subject=recorded');

    expect(new Set(events.map(({ type }) => type))).toEqual(
      new Set(['client.created', 'client.secret_rotated', 'client.removed']),
    );
    expect(events).toHaveLength(3);
    expect(next).toBeNull();
    for (const event of events) {
      expect(event).toMatchObject({ actor: 'default', appId: 'default', security: false });
    }
    const times = events.map(({ at }) => at);
    expect(times).toEqual(times.toSorted().toReversed());
    expect(JSON.stringify(events)).not.toContain(clientSecret);
  });

  test('and what is done to a trusted issuer, under its name', async () => {
    const { first } = setting();
    const { id, issuer } = await newIssuer(first, issuerNamed('noted'));
    await first.send('DELETE', `/v1/apps/default/trusted-issuers/${id}`);

    const { events } = await page('?subject=noted');

    expect(events.map(({ type }) => type).toSorted()).toEqual([
      'trusted_issuer.added',
      'trusted_issuer.removed',
    ]);
    expect(events).toMatchObject([{ detail: { id, issuer } }, { detail: { id, issuer } }]);
  });

  test('what was refused is not', async () => {
    const { first } = setting();
    await first.send('POST', '/v1/apps/default/clients', { id: 'web', type: 'public' });
    await first.send('DELETE', '/v1/apps/default/clients/never-there');

    // What the first start made is, once.
    const created = (await page('?subject=web')).events.filter(
      ({ type }) => type === 'client.created',
    );
    expect(created).toHaveLength(1);
    expect((await page('?subject=never-there')).events).toEqual([]);
  });

  test('all of an app come page by page, each once', async () => {
    for (let n = 0; n < 5; n += 1) await newClient(setting().first, { type: 'public' });
    const { events: all } = await page('?limit=1000');
    const pages: ShownEvent[] = [];
    let next: string | null = '';
    while (next !== null) {
      const cursor: string = next === '' ? '' : `&cursor=${next}`;
      const found: Page = await page(`?limit=3${cursor}`);
      expect(found.events.length).toBeLessThanOrEqual(3);
      pages.push(...found.events);
      next = found.next;
    }

    expect(all.length).toBeGreaterThan(5);
    expect(pages).toEqual(all);
  });

  test('attacks are told from the rest', async () => {
    const { events } = await page('?security=true&limit=1000');
    expect(events.filter(({ security }) => !security)).toEqual([]);
    const { events: all } = await page('?security=false&limit=1000');
    expect(all).toEqual((await page('?limit=1000')).events);
  });

  test('an app sees its own, whoever did it, and nothing of another’s', async () => {
    const { first, tenant } = setting();
    const { clientId } = await newClient(first, { type: 'public' }, 'tenant');

    const { events } = await page('?limit=1000', tenant);

    expect(events).toContainEqual(
      expect.objectContaining({ subject: clientId, actor: 'default', appId: 'tenant' }),
    );
    expect(events.filter(({ appId }) => appId !== 'tenant')).toEqual([]);
    expect((await page(`?subject=${clientId}`)).events).toEqual([]);
  });

  test('it takes the scope audit:read', async () => {
    const { fleet } = setting();
    const token = await adminToken(fleet.first.url, fleet.appSecret, 'default', 'im:tokens:mint');
    const answer = await new NativeClient(fleet.first.url, token).send('GET', '/v1/audit');
    expect(problemOf(answer)).toMatchObject({ status: 403, code: 'insufficient_scope' });
    const reader = await adminToken(fleet.first.url, fleet.appSecret, 'default', 'audit:read');
    await page('?limit=1', new NativeClient(fleet.first.url, reader));
  });

  test.each([
    '?limit=0',
    '?limit=x',
    '?limit=1001',
    '?cursor=x',
    '?cursor=',
    '?security=yes',
    '?security=',
    '?security=true&security=true',
    `?subject=${'x'.repeat(257)}`,
    '?subject=',
    '?subject=a%00b',
    '?subject=a&subject=b',
  ])('asked with %s it says what is wrong', async (query) => {
    const answer = await setting().first.send('GET', `/v1/audit${query}`);
    expect(problemOf(answer)).toMatchObject({ status: 400, code: 'invalid_request' });
  });
}
