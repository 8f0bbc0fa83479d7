import { expect, test } from 'vitest';
import { problemOf } from '../../support/broker-native.js';
import type { RevocationsSetting } from './revocations-setting.js';

const BAD_TARGETS: readonly [name: string, body: unknown][] = [
  ['no target', {}],
  ['a target that is no object', { target: 'user' }],
  ['no type', { target: { userId: 'u' } }],
  ['an unknown type', { target: { type: 'planet' } }],
  ['a type from a prototype', { target: { type: '__proto__' } }],
  ['a user without an id', { target: { type: 'user' } }],
  ['an empty user id', { target: { type: 'user', userId: '' } }],
  ['a user id that is too long', { target: { type: 'user', userId: 'x'.repeat(65) } }],
  ['a control character', { target: { type: 'user', userId: 'a\u0000' } }],
  ['a platform that is none', { target: { type: 'platform', userId: 'u', platformId: 12 } }],
  ['neither token nor id', { target: { type: 'token' } }],
  ['both token and id', { target: { type: 'token', token: 'a', tokenId: 'b' } }],
  ['an empty token', { target: { type: 'token', token: '' } }],
  ['a field too many', { target: { type: 'user', userId: 'u', all: true } }],
  [
    'a reason of 10,000 characters',
    { target: { type: 'user', userId: 'u' }, reason: 'x'.repeat(10_000) },
  ],
  ['a reason that is no text', { target: { type: 'user', userId: 'u' }, reason: 5 }],
];

export function badInputBehaviour(setting: RevocationsSetting): void {
  test.each(BAD_TARGETS)('%s: 400', async (_, body) => {
    const answer = await setting().first.send('POST', '/v1/revocations', body);
    expect(problemOf(answer)).toMatchObject({ status: 400, code: 'invalid_request' });
  });

  test('sessions and tokens that do not exist, or are another app’s: 404, all alike', async () => {
    const { first, tenant } = setting();
    const foreign = await tenant.mint({ userId: 'hidden', platformId: 1 });
    const targets = [
      { type: 'session', sessionId: 'nothing' },
      { type: 'session', sessionId: foreign.sessionId },
      { type: 'token', tokenId: 'nothing' },
      { type: 'token', tokenId: `${foreign.sessionId}.x` },
      { type: 'token', token: foreign.token },
      { type: 'token', token: `${foreign.token.slice(0, -4)}AAAA` },
      { type: 'token', token: 'nonsense' },
      { type: 'token', token: first.token },
    ];
    const problems = new Set<string>();
    for (const target of targets) {
      const answer = await first.send('POST', '/v1/revocations', { target });
      expect(answer.status).toBe(404);
      problems.add(answer.text);
    }
    expect(problems.size).toBe(1);
    expect((await tenant.inspect(foreign.token)).active).toBe(true);
  });

  test('restoring what does not exist: 404, what was restored: 409', async () => {
    const { first } = setting();
    const restore = (id: string, body: unknown = { reason: 'x' }) =>
      first.send('POST', `/v1/revocations/${id}/restore`, body);
    expect(problemOf(await restore('rev_nothing'))).toMatchObject({
      status: 404,
      code: 'revocation_unknown',
    });
    await first.mint({ userId: 'twice', platformId: 1 });
    const { id } = await first.revoke({ type: 'user', userId: 'twice' });
    for (const body of [{}, { reason: 5 }, { reason: 'x'.repeat(10_000) }, 'x']) {
      expect((await restore(id, body)).status).toBe(400);
    }
    expect((await restore(id)).status).toBe(200);
    expect(problemOf(await restore(id))).toMatchObject({
      status: 409,
      code: 'revocation_restored',
    });
  });

  test.each([
    '?limit=0',
    '?limit=x',
    '?limit=1001',
    '?cursor=x',
    '?cursor=',
    '?userId=',
    '?userId=a&userId=b',
  ])('listing with %s: 400', async (query) => {
    const answer = await setting().first.send('GET', `/v1/revocations${query}`);
    expect(problemOf(answer)).toMatchObject({ status: 400, code: 'invalid_request' });
  });
}
