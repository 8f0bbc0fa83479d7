import { expect, test } from 'vitest';
import { NativeClient } from '../../support/broker-native.js';
import { type RevocationsSetting, statusesOf } from './revocations-setting.js';

export function restoreBehaviour(setting: RevocationsSetting): void {
  test('a restored session works again, on every broker, with the token it had', async () => {
    const { first, other } = setting();
    const session = await first.mint({ userId: 'restored', platformId: 1 });
    const { id } = await first.revoke({ type: 'session', sessionId: session.sessionId });
    expect(await statusesOf(other, [session])).toEqual(['revoked']);

    const restored = await other.restore(id, 'wrong person');

    expect(restored).toMatchObject({ id, restoredBy: 'default', affectedSessions: 1 });
    expect(await statusesOf(first, [session])).toEqual(['active']);
    const record = await first.send('GET', `/v1/revocations/${id}`);
    expect(record.json()).toMatchObject({
      restoredAt: restored.restoredAt,
      restoredReason: 'wrong person',
      restoredSessions: 1,
    });
  });

  test('only what no other cause ends comes back', async () => {
    const { first } = setting();
    const userId = 'two causes';
    const phone = await first.mint({ userId, platformId: 1, deviceId: 'p' });
    const desk = await first.mint({ userId, platformId: 3, deviceId: 'd' });
    const byDevice = await first.revoke({ type: 'device', userId, deviceId: 'p' });
    const byUser = await first.revoke({ type: 'user', userId });
    expect(byUser.affectedSessions).toBe(1);

    expect((await first.restore(byUser.id)).affectedSessions).toBe(1);
    expect(await statusesOf(first, [phone, desk])).toEqual(['revoked', 'active']);
    expect((await first.restore(byDevice.id)).affectedSessions).toBe(1);
    expect(await statusesOf(first, [phone, desk])).toEqual(['active', 'active']);
  });

  test('never a second device: who logged in meanwhile has taken the place', async () => {
    const { first } = setting();
    const userId = 'one place';
    const before = await first.mint({ userId, platformId: 1, deviceId: 'old' });
    const { id } = await first.revoke({ type: 'user', userId });
    const after = await first.mint({ userId, platformId: 1, deviceId: 'new' });
    expect(after.kicked).toEqual([]);

    expect((await first.restore(id)).affectedSessions).toBe(0);
    expect(await statusesOf(first, [before, after])).toEqual(['kicked', 'active']);
  });

  test('a suspended user stays suspended', async () => {
    const { first } = setting();
    const userId = 'suspended too';
    const session = await first.mint({ userId, platformId: 1 });
    const { id } = await first.revoke({ type: 'user', userId });
    await first.change(userId, { status: 'suspended' });
    await first.restore(id);
    expect(await statusesOf(first, [session])).toEqual(['user_suspended']);
    await first.change(userId, { status: 'active' });
    expect(await statusesOf(first, [session])).toEqual(['active']);
  });

  test('of many who restore the same, one does', async () => {
    const { first, other } = setting();
    await first.mint({ userId: 'wanted back', platformId: 1 });
    const { id } = await first.revoke({ type: 'user', userId: 'wanted back' });
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, n) =>
        (n % 2 === 0 ? first : other).send('POST', `/v1/revocations/${id}/restore`, {
          reason: `${n}`,
        }),
      ),
    );
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, ...Array(9).fill(409)]);
  });

  test('a revoked session cannot be renewed, a restored one can', async () => {
    const { first, fleet } = setting();
    const userId = 'renewing';
    const session = await first.mint({ userId, platformId: 1, ttlSeconds: 600 });
    const { id } = await first.revoke({ type: 'session', sessionId: session.sessionId });
    const holder = new NativeClient(fleet.first.url, session.token);
    const refused = await holder.renew();
    expect([refused.status, refused.json<{ code: string }>().code]).toEqual([401, 'token_revoked']);
    await first.restore(id);
    expect((await holder.renew()).status).toBe(200);
  });
}
