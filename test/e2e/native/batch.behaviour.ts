import { expect, test } from 'vitest';
import { type Minted, problemOf } from '../../support/broker-native.js';
import { OpenimClient } from '../../support/broker-openim.js';
import type { NativeSetting } from './native-setting.js';

type Result =
  | (Minted & { readonly ok: true })
  | { readonly ok: false; readonly error: { readonly code: string; readonly detail: string } };

/** What is wrong with every tenth request, in turn, and how it is refused. */
const BAD: readonly [unknown, string][] = [
  [{ userId: '', platformId: 1 }, 'invalid_request'],
  [{ userId: 'x', platformId: 12 }, 'invalid_request'],
  [{ userId: 'x', platformId: 10 }, 'admin_platform'],
  [{ userId: 'imAdmin', platformId: 1 }, 'admin_user'],
  [{ userId: 'suspended one', platformId: 1 }, 'user_suspended'],
  [null, 'invalid_request'],
  ['a text', 'invalid_request'],
  [{ userId: 'x', platformId: 1, ttlSeconds: 1e9 }, 'invalid_request'],
  [{ userId: 'x', platformId: 1, unknown: true }, 'invalid_request'],
  [[], 'invalid_request'],
];

export function batchBehaviour(setting: NativeSetting): void {
  test('mints a thousand, in order, each succeeding or failing by itself', async () => {
    const { first, fleet } = setting();
    await first.mint({ userId: 'suspended one', platformId: 1 });
    await first.change('suspended one', { status: 'suspended' });
    const requests = Array.from({ length: 1000 }, (_, n) =>
      n % 10 === 3 ? BAD[Math.floor(n / 10) % BAD.length]![0] : { userId: `u${n}`, platformId: 5 },
    );

    const answer = await first.send('POST', '/v1/im/tokens/batch', { requests });
    const { results } = answer.json<{ results: Result[] }>();

    expect(answer.status).toBe(200);
    expect(results).toHaveLength(1000);
    for (const [n, result] of results.entries()) {
      if (n % 10 === 3) {
        const code = BAD[Math.floor(n / 10) % BAD.length]![1];
        expect(result).toEqual({
          ok: false,
          error: { code, detail: expect.stringMatching(/./) as string },
        });
      } else {
        expect(result).toMatchObject({ ok: true, userId: `u${n}`, platformId: 5, kicked: [] });
      }
    }
    const im = new OpenimClient(fleet.other.url);
    const sample = results.flatMap((result) => (result.ok ? [result.token] : [])).slice(0, 50);
    const codes = await Promise.all(sample.map((token) => im.codeOf(token)));
    expect(new Set(codes)).toEqual(new Set([0]));
  });

  test('of requests for the same seat the later one in the list has it', async () => {
    const { first } = setting();
    const requests = ['one', 'two', 'three'].map((deviceId) => {
      return { userId: 'seat', platformId: 1, deviceId };
    });
    const answer = await first.send('POST', '/v1/im/tokens/batch', { requests });
    const { results } = answer.json<{ results: Minted[] }>();

    const statuses = results.map(async ({ token }) => (await first.inspect(token)).status);
    expect(await Promise.all(statuses)).toEqual(['kicked', 'kicked', 'active']);
    expect(results[2]?.kicked.map(({ deviceId }) => deviceId)).toEqual(['two']);
  });

  test.each([
    ['no requests', { requests: [] }],
    ['a thousand and one', { requests: Array.from({ length: 1001 }, () => ({})) }],
    ['something that is no list', { requests: { userId: 'x', platformId: 1 } }],
  ])('refuses %s as a whole', async (_what, body) => {
    const answer = await setting().first.send('POST', '/v1/im/tokens/batch', body);

    expect(problemOf(answer)).toMatchObject({ status: 400, code: 'invalid_request' });
  });

  test('with an Idempotency-Key gives the same sessions again', async () => {
    const { first, other } = setting();
    const body = {
      requests: [
        { userId: 'again 1', platformId: 1 },
        { userId: '', platformId: 1 },
        { userId: 'again 2', platformId: 1 },
      ],
    };
    const key = { 'Idempotency-Key': 'a whole batch' };
    const sessions = async (client: typeof first) => {
      const answer = await client.send('POST', '/v1/im/tokens/batch', body, key);
      const { results } = answer.json<{ results: Result[] }>();
      return results.map((result) => (result.ok ? result.sessionId : result.error.code));
    };

    const before = await sessions(first);
    expect(before[1]).toBe('invalid_request');
    expect(await sessions(other)).toEqual(before);
  });
}
