import { expect, test } from 'vitest';
import { type Minted, NativeClient } from '../../support/broker-native.js';
import { claimsOf } from '../native/claims-of.js';
import { type RevocationsSetting, statusesOf } from './revocations-setting.js';

/** Each target, and which of the sessions below it ends. */
const TARGETS: readonly [
  name: string,
  target: (victim: Minted) => object,
  ended: readonly number[],
][] = [
  ['a token', ({ token }) => ({ type: 'token', token }), [0]],
  ['a token id', ({ token }) => ({ type: 'token', tokenId: claimsOf(token)['jti'] }), [0]],
  ['a session', ({ sessionId }) => ({ type: 'session', sessionId }), [0]],
  ['a device', ({ userId }) => ({ type: 'device', userId, deviceId: 'phone' }), [0, 1]],
  ['a platform', ({ userId }) => ({ type: 'platform', userId, platformId: 1 }), [0, 2]],
  ['a user', ({ userId }) => ({ type: 'user', userId }), [0, 1, 2]],
];

export function targetsBehaviour(setting: RevocationsSetting): void {
  test.each(TARGETS)(
    '%s ends what it names, and nothing that comes later',
    async (name, of, ended) => {
      const { first, other } = setting();
      const userId = `target ${name}`;
      const sessions = [
        await first.mint({ userId, platformId: 1, deviceId: 'phone' }),
        await first.mint({ userId, platformId: 2, deviceId: 'phone' }),
        await first.mint({ userId, platformId: 3, deviceId: 'desk' }),
        await first.mint({ userId: `${userId}'s friend`, platformId: 1, deviceId: 'phone' }),
      ];
      // A platform that two sessions share: the policy allows one of each.
      const hit = name === 'a platform' ? [0] : ended;
      expect(await statusesOf(other, sessions)).toEqual(sessions.map(() => 'active'));

      const victim = sessions[0] as Minted;
      const revoked = await first.revoke(of(victim), 'lost phone');

      const expected = sessions.map((_, n) => (hit.includes(n) ? 'revoked' : 'active'));
      expect(await statusesOf(other, sessions)).toEqual(expected);
      expect(await statusesOf(first, sessions)).toEqual(expected);
      expect(revoked).toMatchObject({ reason: 'lost phone', affectedSessions: hit.length });
      expect(JSON.stringify(revoked)).not.toContain(victim.token);

      const later = await other.mint({ userId, platformId: 1, deviceId: 'phone' });
      expect(await statusesOf(first, [later])).toEqual(['active']);
      expect(later.kicked).toEqual([]);
    },
  );

  test('an app ends all that it has, and no other app', async () => {
    const { first, fleet, tenant } = setting();
    const elsewhere = new NativeClient(fleet.other.url, tenant.token);
    const own = await Promise.all(
      Array.from({ length: 5 }, (_, n) => tenant.mint({ userId: `u${n}`, platformId: 1 })),
    );
    const foreign = await first.mint({ userId: 'u0', platformId: 1 });

    const revoked = await tenant.revoke({ type: 'app' }, 'leaked');

    expect(revoked.target).toEqual({ type: 'app' });
    expect(revoked.affectedSessions).toBeGreaterThanOrEqual(5);
    for (const client of [tenant, elsewhere]) {
      expect(await statusesOf(client, own)).toEqual(own.map(() => 'revoked'));
    }
    expect(await statusesOf(first, [foreign])).toEqual(['active']);
    const later = await elsewhere.mint({ userId: 'u0', platformId: 1 });
    expect(await statusesOf(tenant, [later])).toEqual(['active']);
    const again = await tenant.revoke({ type: 'app' });
    expect(again.affectedSessions).toBe(1);
    expect(await statusesOf(tenant, [later])).toEqual(['revoked']);
    await tenant.restore(again.id);
    expect(await statusesOf(tenant, [later, ...own])).toEqual([
      'active',
      ...own.map(() => 'revoked'),
    ]);
    const restored = await tenant.restore(revoked.id);
    expect(restored.affectedSessions).toBe(revoked.affectedSessions);
    expect(await statusesOf(tenant, [later, ...own])).toEqual(Array(6).fill('active'));
  });

  test('a session is revoked once: repeating it answers the first order', async () => {
    const { first, other } = setting();
    const { sessionId, token } = await first.mint({ userId: 'repeated', platformId: 1 });
    const one = await first.revoke({ type: 'session', sessionId }, 'first');

    for (const target of [
      { type: 'session', sessionId },
      { type: 'token', token },
    ]) {
      const again = await other.send('POST', '/v1/revocations', { target, reason: 'second' });
      expect(again.status).toBe(200);
      expect(again.json()).toEqual(one);
    }
    const many = await Promise.all(
      Array.from({ length: 20 }, async (_, n) =>
        (n % 2 === 0 ? first : other).send('POST', '/v1/revocations', {
          target: { type: 'token', token },
        }),
      ),
    );
    expect(new Set(many.map((answer) => answer.json<{ id: string }>().id))).toEqual(
      new Set([one.id]),
    );
  });

  test('a device, a platform, a user: each order is a boundary of its own', async () => {
    const { first } = setting();
    const session = await first.mint({ userId: 'bounded', platformId: 1, deviceId: 'd' });
    const target = { type: 'user', userId: 'bounded' };
    const one = await first.revoke(target);
    const two = await first.revoke(target);

    expect(one.id).not.toBe(two.id);
    expect([one.affectedSessions, two.affectedSessions]).toEqual([1, 0]);
    await first.restore(one.id);
    expect(await statusesOf(first, [session])).toEqual(['revoked']);
    await first.restore(two.id);
    expect(await statusesOf(first, [session])).toEqual(['active']);
  });

  test('what a user that does not exist has is revoked, too: nothing', async () => {
    const { first } = setting();
    const revoked = await first.revoke({ type: 'user', userId: 'nobody yet' });

    expect(revoked.affectedSessions).toBe(0);
    const session = await first.mint({ userId: 'nobody yet', platformId: 1 });
    expect(await statusesOf(first, [session])).toEqual(['active']);
    expect((await first.restore(revoked.id)).affectedSessions).toBe(0);
    const path = `/v1/revocations/${revoked.id}/restore`;
    expect((await first.send('POST', path, { reason: 'again' })).status).toBe(409);
  });
}
