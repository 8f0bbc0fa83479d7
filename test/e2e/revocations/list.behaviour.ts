import { expect, test } from 'vitest';
import type { Revoked } from '../../support/broker-native.js';
import type { RevocationsSetting } from './revocations-setting.js';

interface Page {
  readonly revocations: readonly Revoked[];
  readonly next: string | null;
}

export function listBehaviour(setting: RevocationsSetting): void {
  const page = async (query: string): Promise<Page> => {
    const answer = await setting().other.send('GET', `/v1/revocations${query}`);
    expect(answer.status).toBe(200);
    return answer.json<Page>();
  };

  test('those of a user are listed newest first, page by page', async () => {
    const { first } = setting();
    const userId = 'often';
    const made: Revoked[] = [];
    for (let n = 0; n < 5; n += 1) made.push(await first.revoke({ type: 'user', userId }, `${n}`));

    const pages: Revoked[] = [];
    let next: string | null = '';
    while (next !== null) {
      const cursor: string = next === '' ? '' : `&cursor=${next}`;
      const found: Page = await page(`?userId=${userId}&limit=2${cursor}`);
      expect(found.revocations.length).toBeLessThanOrEqual(2);
      pages.push(...found.revocations);
      next = found.next;
    }

    expect(pages).toHaveLength(5);
    expect(pages).toEqual(expect.arrayContaining(made));
    const times = pages.map(({ createdAt }) => createdAt);
    expect(times).toEqual(times.toSorted().toReversed());
    expect((await page(`?userId=${userId}`)).next).toBeNull();
  });

  test('without a user all of the app are listed', async () => {
    const { first } = setting();
    const made = await first.revoke({ type: 'user', userId: 'listed' });

    const { revocations } = await page('?limit=1000');

    expect(revocations).toContainEqual(made);
    expect(await page('?userId=never%20revoked')).toEqual({ revocations: [], next: null });
  });

  test('another app sees none of them', async () => {
    const { first, tenant } = setting();
    const { id } = await first.revoke({ type: 'user', userId: 'private' });

    expect((await tenant.send('GET', `/v1/revocations/${id}`)).status).toBe(404);
    expect((await tenant.send('GET', '/v1/revocations?userId=private')).json()).toEqual({
      revocations: [],
      next: null,
    });
    const restore = await tenant.send('POST', `/v1/revocations/${id}/restore`, { reason: '' });
    expect(restore.status).toBe(404);
  });
}
